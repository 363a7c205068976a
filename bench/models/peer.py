"""The same work in Python: waits for one line of JSON, prepares or runs the job that it names, answers with one line.

{"prepare": job, "input": {...}} makes a job ready; {"run": true} does it once and answers with the processor time that it
took and what came of it. What is done to prepare and to describe is not timed.
"""

import json
import platform
import sys
import time
import warnings

import numpy as np
import scipy.sparse as sp
from river import drift, linear_model, metrics, optim, preprocessing
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import linear_kernel
from statsforecast import models
from threadpoolctl import threadpool_info

# What scikit-learn says where NMF ends at its usual number of iterations: the error that it reached is shown instead.
warnings.filterwarnings("ignore", message="Maximum number of iterations")


def versions(_):
    import river
    import scipy
    import sklearn
    import statsforecast

    named = {"NumPy": np, "SciPy": scipy, "scikit-learn": sklearn, "River": river, "statsforecast": statsforecast}
    texts = [f"{name} {module.__version__}" for name, module in named.items()]
    blas = {f"{pool['internal_api']} {pool.get('architecture', '')}: {pool['num_threads']} thread"
            for pool in threadpool_info()}
    text = f"Python {platform.python_version()}, {', '.join(texts)} ({'; '.join(sorted(blas))})"
    return lambda: text, lambda text: text


def kmeans(given):
    rows = np.array(given["rows"]).reshape(-1, given["columns"])
    options = {"n_init": given["starts"], "random_state": 0, **given.get("options", {})}
    return lambda: KMeans(given["clusters"], **options).fit(rows), lambda fit: {"inertia": fit.inertia_}


def nearest(cosines, k):
    """Places of the k highest of each row, the best first."""
    some = np.argpartition(-cosines, k, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(cosines, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def text_neighbours(given):
    names, k = given["names"], given["k"]

    def work():
        rows = TfidfVectorizer(stop_words="english").fit_transform(names)
        cosines = linear_kernel(rows)
        np.fill_diagonal(cosines, -1)
        places = nearest(cosines, k)
        return np.take_along_axis(cosines, places, axis=1)

    return work, lambda scores: {"sum": float(scores.sum())}


def text_neighbours_sparse(given):
    """Without a table of all pairs: the product stays sparse, and each row is ordered by itself."""
    names, k = given["names"], given["k"]

    def work():
        rows = TfidfVectorizer(stop_words="english").fit_transform(names)
        cosines = (rows @ rows.T).tocsr()
        total = 0.0
        for row in range(cosines.shape[0]):
            start, end = cosines.indptr[row], cosines.indptr[row + 1]
            values, places = cosines.data[start:end], cosines.indices[start:end]
            keep = places != row
            values, places = values[keep], places[keep]
            if len(values) > k:
                some = np.argpartition(-values, k)[:k]
                values, places = values[some], places[some]
            order = np.argsort(-values, kind="stable")
            places, values = places[order], values[order]
            total += values.sum()
        return total

    return work, lambda total: {"sum": float(total)}


def matrix_of(given):
    ones = np.ones(len(given["row"]))
    return sp.csr_matrix((ones, (given["row"], given["column"])), shape=(given["rows"], given["columns"]))


def nmf(given):
    matrix = matrix_of(given["matrix"])

    def work():
        model = NMF(given["factors"], init="nndsvda", random_state=0)
        model.fit_transform(matrix)
        return model

    return work, lambda model: {"error": float(model.reconstruction_err_), "iterations": int(model.n_iter_)}


def item_knn(given):
    matrix, k = matrix_of(given["matrix"]), given["neighbours"]

    def work():
        products = (matrix.T @ matrix).toarray()
        lengths = np.sqrt(products.diagonal())
        products /= lengths[:, None]
        products /= lengths[None, :]
        np.fill_diagonal(products, 0)
        places = np.argpartition(products, -k, axis=1)[:, -k:]
        values = np.take_along_axis(products, places, axis=1)
        rows = np.repeat(np.arange(len(places)), k)
        kept = sp.csr_matrix((values.ravel(), (rows, places.ravel())), shape=products.shape)
        kept.eliminate_zeros()
        # Scoring adds up the rows of what was bought, which are the columns of what is kept.
        return kept.T.tocsr()

    return work, lambda kept: {"sum": float(kept.sum()), "kept": int(kept.nnz)}


def auto_ets(given):
    series = [np.array(values, dtype=float) for values in given["series"]]

    def work():
        model = models.AutoETS(season_length=1)
        return [model.forecast(y=values, h=given["horizon"], level=[80]) for values in series]

    return work, lambda forecasts: {"sum": float(sum(forecast["mean"].sum() for forecast in forecasts))}


SINGLE = {
    "Naive": models.Naive,
    "HistoricAverage": models.HistoricAverage,
    "SES": lambda: models.AutoETS(season_length=1, model="ANN"),
    "Holt": lambda: models.AutoETS(season_length=1, model="AAN", damped=False),
    "damped": lambda: models.AutoETS(season_length=1, model="AAN", damped=True),
    "Theta": lambda: models.Theta(season_length=1),
    "DynamicOptimizedTheta": lambda: models.DynamicOptimizedTheta(season_length=1),
    "AutoETS": lambda: models.AutoETS(season_length=1),
    "CrostonClassic": models.CrostonClassic,
    "CrostonOptimized": models.CrostonOptimized,
    "CrostonSBA": models.CrostonSBA,
    "TSB .1": lambda: models.TSB(alpha_d=0.1, alpha_p=0.1),
    "TSB .2": lambda: models.TSB(alpha_d=0.2, alpha_p=0.2),
}


def single_forecasts(given):
    series = [np.array(values, dtype=float) for values in given["series"]]
    # A series that never changes gives a likelihood of log 0, which no method minds.
    np.seterr(divide="ignore", invalid="ignore")

    def work():
        return {
            name: [np.maximum(0, make().forecast(y=values, h=given["horizon"])["mean"]).tolist() for values in series]
            for name, make in SINGLE.items()
        }

    return work, lambda forecasts: forecasts


def stream_of(given):
    names = [f"x{place}" for place in range(given["features"])]
    x = np.array(given["x"]).reshape(-1, given["features"])
    return [(dict(zip(names, row)), outcome) for row, outcome in zip(x.tolist(), given["y"])]


def river_rule(given):
    examples = stream_of(given)
    logistic = given["loss"] == "log"

    def work():
        kind = linear_model.LogisticRegression if logistic else linear_model.LinearRegression
        model = kind(optimizer=optim.SGD(0.01))
        predict, learn = model.predict_proba_one if logistic else model.predict_one, model.learn_one
        for x, y in examples:
            predict(x)
            learn(x, y)
        return model

    return work, lambda model: {"intercept": float(model.intercept)}


def river_learner(given):
    """Scales, predicts, scores, watches for drift and learns, as Flywheel's learner does."""
    examples = stream_of(given)

    def work():
        model = preprocessing.StandardScaler() | linear_model.LinearRegression(optimizer=optim.SGD(0.01))
        error, squares, adwin = metrics.MAE(), metrics.RMSE(), drift.ADWIN()
        drifts = 0
        for x, y in examples:
            prediction = model.predict_one(x)
            error.update(y, prediction)
            squares.update(y, prediction)
            adwin.update(min(1.0, abs(prediction - y)))
            drifts += adwin.drift_detected
            model.learn_one(x, y)
        return error, drifts

    return work, lambda found: {"mae": found[0].get(), "drifts": int(found[1])}


JOBS = {job.__name__: job for job in (versions, kmeans, text_neighbours, text_neighbours_sparse, nmf, item_knn, auto_ets,
                                      single_forecasts, river_rule, river_learner)}


def main():
    work, describe = None, None
    for line in sys.stdin:
        message = json.loads(line)
        if "prepare" in message:
            work, describe = JOBS[message["prepare"]](message.get("input", {}))
            answer = {}
        else:
            began = time.process_time()
            found = work()
            answer = {"seconds": time.process_time() - began, "result": describe(found)}
        print(json.dumps(answer), flush=True)


main()
