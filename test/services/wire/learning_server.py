"""Serves the contract of learning from scikit-learn and Python's own library; its argument is the port."""
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from sklearn.linear_model import SGDRegressor

line, outcomes, losses, baseline_losses = SGDRegressor(), [], [], []
for x, y in [([10, 11], 4), ([11, 12], 5), ([12, 13], 6)]:
    losses.append(abs(y - (line.predict([x])[0] if outcomes else 0)))
    baseline_losses.append(abs(y - (sum(outcomes) / len(outcomes) if outcomes else 0)))
    line.partial_fit([x], [y])
    outcomes.append(y)

def predict(item):
    if item["model"] != "line": raise ValueError(f"There is no learner {item['model']}; there is line.")
    if "about" in item or len(item.get("features", [])) != 2:
        raise ValueError("line reads `features`, 2 numbers (x1, x2).")
    return {"prediction": line.predict([item["features"]])[0], "examples": len(outcomes)}

def learners(item):
    score = {"examples": len(losses), "loss": sum(losses) / len(losses), "accuracy": None,
             "baselineLoss": sum(baseline_losses) / len(losses)}
    return [{"name": "line", "version": 1, "description": "A line by scikit-learn.", "task": "regression",
             "topic": "behaviour", "columns": ["x1", "x2"], "score": score, "drifts": 0, "lastDrift": None}]

class Service(BaseHTTPRequestHandler):
    protocol_version, wbufsize, methods = "HTTP/1.1", -1, {"/v1/predict": predict, "/v1/learners": learners}
    def do_GET(self): self.send(200 if self.path == "/healthz" else 404, {})
    def do_POST(self):
        items = json.loads(self.rfile.read(int(self.headers["content-length"])))["items"]
        if self.path not in self.methods: return self.send(404, {})
        try: self.send(200, {"model": "sklearn/line", "results": [self.methods[self.path](item) for item in items]})
        except ValueError as fault: self.send(400, {"error": {"code": "BAD_INPUT", "message": str(fault)}})
    def send(self, status, content):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body := json.dumps(content).encode())))
        self.end_headers()
        self.wfile.write(body)

if __name__ == "__main__": ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service).serve_forever()
