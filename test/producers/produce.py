"""An ordinary producer on kafka-python, which knows nothing of who reads: ten measurements, then four clicks.

The topics data_stream and user-behavior must be there.

    pip install kafka-python
    python produce.py [BROKERS] [measurements|clicks|all]
"""

import json
import sys
import time

from kafka import KafkaProducer

brokers = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"
what = sys.argv[2] if len(sys.argv) > 2 else "all"

producer = KafkaProducer(
    bootstrap_servers=brokers.split(","),
    value_serializer=lambda value: json.dumps(value).encode("utf-8"),
)

if what in ("measurements", "all"):
    for i in range(10):
        message = {"event_id": i, "event_time": time.time(), "value": i * 100}
        producer.send("data_stream", value=message)
        print("data_stream", message)
    producer.flush()

if what in ("clicks", "all"):
    for user_id in (1, 2, 1, 1):
        message = {
            "user_id": user_id,
            "event": "click",
            "item_id": 101,
            "timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
        }
        producer.send("user-behavior", value=message)
        producer.flush()
        print("user-behavior", message)
        time.sleep(0.2)

producer.close()
