"""Losses and optimizers by the names and settings that Tributary has for them."""

import re

import torch
from torch import nn, optim

LOSSES = {
    "cross-entropy": nn.CrossEntropyLoss,
    "nll": nn.NLLLoss,
    "bce": nn.BCELoss,
    "bce-with-logits": nn.BCEWithLogitsLoss,
    "mse": nn.MSELoss,
    "l1": nn.L1Loss,
    "smooth-l1": nn.SmoothL1Loss,
    "huber": nn.HuberLoss,
    "kl-div": nn.KLDivLoss,
}
OPTIMIZERS = {
    "sgd": optim.SGD,
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "adagrad": optim.Adagrad,
    "rmsprop": optim.RMSprop,
    "adadelta": optim.Adadelta,
}


def settings(given):
    named = {re.sub("[A-Z]", lambda capital: "_" + capital[0].lower(), key): value for key, value in given.items()}
    named.pop("name")
    return named


def loss(given):
    named = {key: torch.tensor(value) if isinstance(value, list) else value for key, value in settings(given).items()}
    return LOSSES[given["name"]](**named)


def optimizer(given, parameters):
    named = settings(given)
    named["lr"] = named.pop("learning_rate")
    return OPTIMIZERS[given["name"]](parameters, **named)
