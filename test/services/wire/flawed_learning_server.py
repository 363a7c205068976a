"""The same server after a change that broke the contract: numbers have become text, or are no JSON."""
import sys
from http.server import ThreadingHTTPServer
from learning_server import Service

def predict(item): return {"prediction": "much" if item["features"][0] > 0 else float("inf"), "examples": 3}

Service.methods["/v1/predict"] = predict
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service).serve_forever()
