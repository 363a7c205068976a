"""The same server after a change that broke the contract: numbers have become text."""
import sys
from http.server import ThreadingHTTPServer
from learning_server import Service

Service.methods["/v1/predict"] = lambda item: {"prediction": "much", "examples": 3}
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service).serve_forever()
