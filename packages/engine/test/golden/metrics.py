"""Writes metrics.json: what scikit-learn finds in outputs, for the engine's metrics to be compared with.

The numbers in the repository were made with scikit-learn 1.9.1:

    python metrics.py > metrics.json
"""

import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn import metrics

warnings.simplefilter("ignore")
random = np.random.default_rng(5)


def plain(values):
    return np.round(np.asarray(values, dtype=float), 15).tolist()


def classifier(about, classes, actual, samples):
    """Outputs in steps of a quarter, so that some are level with each other; their first is the prediction, as in numpy."""
    labels = random.choice(actual, samples)
    outputs = np.round(random.normal(size=(samples, classes)) * 4) / 4
    outputs[np.arange(samples), labels] += 0.75
    predicted = outputs.argmax(1)
    every = list(range(classes))
    scores = {}
    for average in (None, "macro", "weighted", "micro"):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            labels, predicted, labels=every, average=average
        )
        scores[average or "each"] = {"precision": plain(precision), "recall": plain(recall), "f1": plain(f1)}
    # Level outputs have no order in scikit-learn's top-k: here they get the engine's.
    ordered = outputs - np.arange(classes) * 1e-6
    areas = [metrics.roc_auc_score(labels == index, outputs[:, index]) for index in every if index in labels]
    return {
        "about": about,
        "classes": classes,
        "labels": labels.tolist(),
        "outputs": plain(outputs.flatten()),
        "confusion": metrics.confusion_matrix(labels, predicted, labels=every).flatten().tolist(),
        "accuracy": plain(metrics.accuracy_score(labels, predicted)),
        "scores": scores,
        "topK": [
            plain(metrics.top_k_accuracy_score(labels, ordered, k=k, labels=every)) for k in range(1, classes)
        ]
        if classes > 2
        else [],
        # Of classes that have samples, each against the rest.
        "auroc": plain(np.mean(areas)),
    }


def binary(about, samples, levels):
    positive = random.random(samples) < 0.4
    scores = np.round((random.normal(size=samples) + positive) * levels) / levels
    return {
        "about": about,
        "scores": plain(scores),
        "positive": positive.tolist(),
        "auroc": plain(metrics.roc_auc_score(positive, scores)),
    }


def regression(about, shape, offset=0.0):
    targets = (random.normal(size=shape) + offset).astype(np.float32)
    outputs = (targets + random.normal(size=shape) * 0.5).astype(np.float32)
    return {
        "about": about,
        "outputsPerSample": shape[1],
        "targets": targets.flatten().tolist(),
        "outputs": outputs.flatten().tolist(),
        "mse": metrics.mean_squared_error(targets.astype(float), outputs.astype(float)),
        "mae": metrics.mean_absolute_error(targets.astype(float), outputs.astype(float)),
        "r2": metrics.r2_score(targets.astype(float), outputs.astype(float)),
    }


json.dump(
    {
        "scikitLearn": sklearn.__version__,
        "classifiers": [
            classifier("four classes", 4, [0, 1, 2, 3], 40),
            classifier("five classes, two without a sample", 5, [0, 1, 3], 15),
            classifier("two classes", 2, [0, 1], 25),
            classifier("few samples", 3, [0, 1, 2], 4),
        ],
        "binary": [binary("scores in steps, with ties", 50, 4), binary("scores without ties", 50, 2**20)],
        "regression": [
            regression("one output", (30, 1)),
            regression("three outputs", (20, 3)),
            regression("far from 0", (25, 1), 1000.0),
        ],
    },
    sys.stdout,
    separators=(",", ":"),
)
