"""Writes rules.json: what PyTorch computes for losses, optimizers, clipping and schedules, for the engine to be compared with.

Settings have the engine's names. Losses come with the gradient of the outputs when the gradient of the loss is `upstream`;
optimizers with the parameter after each of five steps of given gradients; schedules with twenty learning rates. The numbers
in the repository were made with PyTorch 2.15.0 on a CPU, one thread:

    python rules.py > rules.json
"""

import json
import math
import sys

import torch
from torch import nn
from torch.optim import lr_scheduler

torch.manual_seed(11)
torch.set_num_threads(1)


def number(value):
    """JSON has no infinity and no NaN; JavaScript reads them from texts."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(f"{value:.9g}")


def numbers(tensor):
    return [number(value) for value in tensor.detach().flatten().tolist()]


def tensor(values):
    return {
        "dtype": "int32" if values.dtype == torch.int64 else "float32",
        "shape": list(values.shape),
        "values": numbers(values),
    }


# ---- losses ---------------------------------------------------------------------------------------------------------

TORCH_LOSS = {
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
TORCH_SETTING = {
    "weight": ("weight", torch.tensor),
    "posWeight": ("pos_weight", torch.tensor),
    "ignoreIndex": ("ignore_index", int),
    "labelSmoothing": ("label_smoothing", float),
    "beta": ("beta", float),
    "delta": ("delta", float),
    "logTarget": ("log_target", bool),
}


def torch_settings(settings, outputs):
    given = {}
    for key, value in settings.items():
        name, make = TORCH_SETTING[key]
        given[name] = make(value)
        # PyTorch lines it up with the last dimension, the engine with the classes.
        if key == "posWeight" and outputs.dim() > 2:
            given[name] = given[name].reshape(-1, *[1] * (outputs.dim() - 2))
    return given


def loss_cases(name, about, outputs, targets, options, reductions=("mean", "sum", "none")):
    for settings in options:
        for reduction in reductions:
            x = outputs.clone().requires_grad_()
            loss = TORCH_LOSS[name](reduction=reduction, **torch_settings(settings, outputs))(x, targets)
            upstream = torch.arange(1, loss.numel() + 1).reshape(loss.shape) / 8
            loss.backward(upstream)
            yield {
                "about": about,
                "settings": {"name": name, **settings, "reduction": reduction},
                "outputs": tensor(outputs),
                "targets": tensor(targets),
                "loss": tensor(loss),
                "upstream": numbers(upstream),
                "gradient": numbers(x.grad),
            }


def losses():
    logits, labels = torch.randn(5, 4) * 2, torch.tensor([1, 3, 0, 2, 1])
    some = torch.tensor([1, -100, 0, 2, -100])
    none = torch.full((5,), -100)
    one_hot = nn.functional.one_hot(labels, 4).float()
    shares = torch.softmax(torch.randn(5, 4), 1)
    images, places = torch.randn(2, 3, 2, 2), torch.tensor([[[0, 2], [1, 1]], [[2, 2], [0, 1]]])
    image_shares = torch.softmax(torch.randn(2, 3, 2, 2), 1)
    w4, w3 = [0.5, 1.5, 1.0, 0.25], [0.5, 2.0, 0.0]
    huge = torch.tensor([[1000.0, -1000.0, 0.0, 5.0], [-math.inf, 1.0, 2.0, -math.inf]])
    by_label = [{}, {"weight": w4}, {"ignoreIndex": 1}, {"weight": w4, "ignoreIndex": 2}]
    smooth = [{"labelSmoothing": 0.1}, {"labelSmoothing": 0.3, "weight": w4, "ignoreIndex": 1}, {"labelSmoothing": 1}]
    by_share = [{}, {"weight": w4}, {"labelSmoothing": 0.1}, {"labelSmoothing": 0.3, "weight": w4}]
    by_place = [{}, {"weight": w3, "ignoreIndex": 1}]
    log = nn.LogSoftmax(1)
    yield from loss_cases("cross-entropy", "labels", logits, labels, by_label + smooth)
    yield from loss_cases("cross-entropy", "labels, two ignored", logits, some, [{}, *by_share[2:]])
    yield from loss_cases("cross-entropy", "labels, all ignored", logits, none, [{}])
    yield from loss_cases("cross-entropy", "huge and infinite logits", huge, torch.tensor([1, 2]), [{}, {"weight": w4}])
    yield from loss_cases("cross-entropy", "one-hot", logits, one_hot, by_share)
    yield from loss_cases("cross-entropy", "probabilities", logits, shares, by_share)
    yield from loss_cases("cross-entropy", "labels of places", images, places, [*by_place, {"labelSmoothing": 0.1}])
    yield from loss_cases("cross-entropy", "probabilities of places", images, image_shares, [{}, {"weight": w3}])
    yield from loss_cases("nll", "labels", log(logits), labels, by_label)
    yield from loss_cases("nll", "labels, two ignored", log(logits), some, [{}, {"weight": w4}])
    yield from loss_cases("nll", "labels of places", log(images), places, by_place)

    yes = torch.tensor([[1.0, 0.0, 1.0], [0.3, 1.0, 0.0]])
    chances = torch.tensor([[0.9, 0.2, 1e-3], [0.5, 0.0, 1.0]])
    scores = torch.tensor([[3.0, -0.5, -7.0], [0.0, -200.0, 200.0]])
    w, p = [0.5, 2.0, 1.0], [3.0, 0.5, 1.0]
    yield from loss_cases("bce", "probabilities, also 0 and 1", chances, yes, [{}, {"weight": w}])
    yield from loss_cases("bce", "one value a sample", chances[:, 0], yes[:, 0], [{}])
    yield from loss_cases(
        "bce-with-logits", "logits, also large", scores, yes,
        [{}, {"weight": w}, {"posWeight": p}, {"weight": w, "posWeight": p}],
    )  # fmt: skip
    yield from loss_cases("bce-with-logits", "places", images, (image_shares > 0.4).float(), [{}, {"posWeight": w}])

    values = torch.tensor([[0.5, -2.0, 3.0], [0.1, 4.0, -0.25]])
    wanted = torch.tensor([[0.5, -1.0, 0.5], [0.4, -3.0, 0.0]])
    yield from loss_cases("mse", "values", values, wanted, [{}])
    yield from loss_cases("l1", "values, one met", values, wanted, [{}])
    yield from loss_cases("smooth-l1", "values", values, wanted, [{}, {"beta": 0.3}, {"beta": 0}])
    yield from loss_cases("huber", "values", values, wanted, [{}, {"delta": 2.5}])

    every = ("mean", "batchmean", "sum", "none")
    with_zero = torch.tensor([[0.5, 0.5, 0.0, 0.0], *shares[1:].tolist()])
    yield from loss_cases("kl-div", "probabilities, also 0", log(logits), with_zero, [{}], every)
    yield from loss_cases("kl-div", "log-probabilities", log(logits), shares.log(), [{"logTarget": True}], every)


# ---- optimizers -----------------------------------------------------------------------------------------------------

TORCH_OPTIMIZER = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adadelta": torch.optim.Adadelta,
}
TORCH_NAME = {
    "weightDecay": "weight_decay",
    "learningRateDecay": "lr_decay",
    "initialAccumulator": "initial_accumulator_value",
}
OPTIMIZERS = [
    {"name": "sgd", "learningRate": 0.1},
    {"name": "sgd", "learningRate": 0.1, "weightDecay": 0.1},
    {"name": "sgd", "learningRate": 0.1, "momentum": 0.9},
    {"name": "sgd", "learningRate": 0.1, "momentum": 0.9, "dampening": 0.5},
    {"name": "sgd", "learningRate": 0.1, "momentum": 0.9, "dampening": 1, "weightDecay": 0.1},
    {"name": "sgd", "learningRate": 0.1, "momentum": 0.9, "nesterov": True},
    {"name": "sgd", "learningRate": 0.1, "momentum": 0.5, "nesterov": True, "weightDecay": 0.1},
    {"name": "adam", "learningRate": 0.01},
    {"name": "adam", "learningRate": 0.01, "betas": [0.5, 0.9], "eps": 0.01, "weightDecay": 0.1},
    {"name": "adam", "learningRate": 0.01, "betas": [0.0, 0.5], "amsgrad": True},
    {"name": "adamw", "learningRate": 0.01},
    {"name": "adamw", "learningRate": 0.01, "betas": [0.5, 0.9], "eps": 0.01, "weightDecay": 0.5},
    {"name": "adamw", "learningRate": 0.01, "weightDecay": 0, "betas": [0.9, 0.2], "amsgrad": True},
    {"name": "adagrad", "learningRate": 0.1},
    {"name": "adagrad", "learningRate": 0.1, "learningRateDecay": 0.5, "initialAccumulator": 0.2, "weightDecay": 0.1},
    {"name": "adagrad", "learningRate": 0.1, "eps": 0.5},
    {"name": "rmsprop", "learningRate": 0.01},
    {"name": "rmsprop", "learningRate": 0.01, "alpha": 0.5, "eps": 0.1, "weightDecay": 0.1},
    {"name": "rmsprop", "learningRate": 0.01, "momentum": 0.9},
    {"name": "rmsprop", "learningRate": 0.01, "centered": True},
    {"name": "rmsprop", "learningRate": 0.01, "alpha": 0.8, "centered": True, "momentum": 0.5, "weightDecay": 0.1},
    {"name": "adadelta", "learningRate": 1},
    {"name": "adadelta", "learningRate": 0.5, "rho": 0.5, "eps": 0.01, "weightDecay": 0.1},
]


def optimizer_case(settings, start, gradients, factor):
    """The learning rate is multiplied by `factor` after every step."""
    given = {TORCH_NAME.get(key, key): value for key, value in settings.items()}
    make, given["lr"] = TORCH_OPTIMIZER[given.pop("name")], given.pop("learningRate")
    parameter = nn.Parameter(start.clone())
    optimizer = make([parameter], **given)
    schedule = lr_scheduler.ExponentialLR(optimizer, factor)
    rates, after = [], []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        rates.append(number(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        schedule.step()
        after.append(numbers(parameter))
    return {"settings": settings, "learningRates": rates, "after": after}


def optimizers():
    start = torch.randn(2, 3)
    gradients = [torch.randn(2, 3) for _ in range(5)]
    gradients[0][0, 0] = 0
    gradients[3][1] *= 100
    return {
        "start": tensor(start),
        "gradients": [numbers(gradient) for gradient in gradients],
        "cases": [
            optimizer_case(settings, start, gradients, factor) for settings in OPTIMIZERS for factor in (1, 0.5)
        ],
    }


# ---- clipping -------------------------------------------------------------------------------------------------------


def clipping_cases():
    gradients = [torch.tensor([[3.0, -4.0], [0.5, 0.0]]), torch.tensor([12.0, -0.1]), torch.tensor(2.0)]
    for clipping in [{"norm": 1}, {"norm": 1000}, {"norm": 13.5}, {"value": 1}, {"norm": 10, "value": 2.5}]:
        parameters = [nn.Parameter(torch.zeros_like(gradient)) for gradient in gradients]
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = gradient.clone()
        if "norm" in clipping:
            nn.utils.clip_grad_norm_(parameters, clipping["norm"])
        if "value" in clipping:
            nn.utils.clip_grad_value_(parameters, clipping["value"])
        yield {
            "clipping": clipping,
            "gradients": [tensor(gradient) for gradient in gradients],
            "clipped": [numbers(parameter.grad) for parameter in parameters],
        }


# ---- schedules ------------------------------------------------------------------------------------------------------


def torch_schedule(optimizer, settings):
    match settings:
        case {"name": "constant"}:
            return lr_scheduler.ConstantLR(optimizer, factor=1)
        case {"name": "step", "stepSize": size, **rest}:
            return lr_scheduler.StepLR(optimizer, size, **rest)
        case {"name": "exponential", "gamma": gamma}:
            return lr_scheduler.ExponentialLR(optimizer, gamma)
        case {"name": "cosine", "tMax": t_max, **rest}:
            return lr_scheduler.CosineAnnealingLR(optimizer, t_max, eta_min=rest.get("etaMin", 0))
        case {"name": "linear-warm-up", **rest}:
            steps = rest.get("totalIters", 5)
            factors = {"start_factor": rest["startFactor"]} if "startFactor" in rest else {}
            warm_up = lr_scheduler.LinearLR(optimizer, total_iters=steps, **factors)
            if "next" not in rest:
                return warm_up
            after = torch_schedule(optimizer, rest["next"])
            return lr_scheduler.SequentialLR(optimizer, [warm_up, after], [steps])
        case _:
            raise ValueError(settings)


def schedule_case(settings, base=0.3):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=base)
    schedule = torch_schedule(optimizer, settings)
    rates = []
    for _ in range(20):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return {"settings": settings, "base": base, "rates": rates}


SCHEDULES = [
    {"name": "constant"},
    {"name": "step", "stepSize": 3},
    {"name": "step", "stepSize": 7, "gamma": 0.5},
    {"name": "exponential", "gamma": 0.9},
    {"name": "cosine", "tMax": 20},
    {"name": "cosine", "tMax": 6, "etaMin": 0.01},
    {"name": "linear-warm-up"},
    {"name": "linear-warm-up", "startFactor": 0.01, "totalIters": 10},
    {"name": "linear-warm-up", "totalIters": 4, "next": {"name": "cosine", "tMax": 16, "etaMin": 0.001}},
    {"name": "linear-warm-up", "startFactor": 0.5, "totalIters": 3, "next": {"name": "step", "stepSize": 4}},
    {"name": "linear-warm-up", "next": {"name": "exponential", "gamma": 0.8}},
]

json.dump(
    {
        "torch": torch.__version__.split("+")[0],
        "losses": list(losses()),
        "optimizers": optimizers(),
        "clipping": list(clipping_cases()),
        "schedules": [schedule_case(settings) for settings in SCHEDULES],
    },
    sys.stdout,
    separators=(",", ":"),
)
