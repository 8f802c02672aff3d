"""Writes golden.json.gz: what PyTorch computes for the networks of cases/*.json, for Tributary to be compared with.

Of each case: the outputs, the loss, the gradients of all parameters and inputs, the parameters after three steps, each on a
batch of its own, and for networks that do something else while evaluating the outputs then. Inputs and parameters are not in the
file: draw.py makes them, and draw.ts the same ones.

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python golden.py

The numbers in the repository were made with PyTorch 2.15.0 on a CPU, one thread, in float32.
"""

import gzip
import json
import math
import pathlib

import torch

import draw
import layers
import networks
import rules

HERE = pathlib.Path(__file__).parent
STEPS = 3
WHOLE = 2000
torch.set_num_threads(1)


def packed(tensor):
    """All values; of more than WHOLE only some, in even distances, with sums over all of them."""
    values = tensor.detach().flatten().tolist()
    every = 1 if len(values) <= WHOLE else math.ceil(len(values) / 500)
    shown = [float(f"{value:.7g}") for value in values[::every]]
    if every == 1:
        return {"shape": list(tensor.shape), "values": shown}
    exact = tensor.detach().double()
    sums = {"sum": exact.sum().item(), "magnitude": exact.abs().sum().item(), "norm": exact.norm().item()}
    return {"shape": list(tensor.shape), "every": every, "values": shown, **sums}


def listed(outputs):
    return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]


def held(network):
    """Parameters and buffers in PyTorch's order, without the counter that batch norms have."""
    return {name: tensor for name, tensor in network.state_dict(keep_vars=True).items() if "num_batches" not in name}


def settings(case):
    """A case that says nothing is trained by the squared distance to drawn targets."""
    if "loss" in case:
        return case["loss"], case.get("optimizer", {"name": "sgd", "learningRate": 0.1})
    if case.get("scale"):
        return {"name": "mse", "reduction": "sum"}, {"name": "sgd", "learningRate": 0.01}
    return {"name": "mse"}, {"name": "sgd", "learningRate": 0.1}


def run(case):
    name = case["name"]
    network = networks.NETWORKS[case["network"][0]](*case["network"][1]) if "network" in case else layers.chain(case)
    with torch.no_grad():
        for key, tensor in held(network).items():
            tensor.copy_(draw.parameter(name, key, list(tensor.shape)))

    def batch(step):
        inputs = [draw.values(name, f"{step}.input{at}", spec) for at, spec in enumerate(case["inputs"])]
        return [x.requires_grad_() if x.is_floating_point() else x for x in inputs]

    made = {"name": name, "parameters": {key: list(tensor.shape) for key, tensor in held(network).items()}}
    with torch.no_grad():
        made["evaluation"] = [packed(output) for output in listed(network.eval()(*batch(0)))]
    if case.get("evaluationOnly"):
        return made
    loss_settings, optimizer_settings = settings(case)
    loss = rules.loss(loss_settings)
    trained = {key: tensor for key, tensor in held(network).items() if tensor.requires_grad}
    optimizer = rules.optimizer(optimizer_settings, trained.values()) if trained else None
    network.train()
    made["losses"] = []
    for step in range(STEPS):
        inputs = batch(step)
        outputs = listed(network(*inputs))
        targets = [
            draw.values(name, f"{step}.target{at}", case.get("target", {"shape": list(output.shape)}))
            for at, output in enumerate(outputs)
        ]
        total = sum(loss(output, target) for output, target in zip(outputs, targets))
        network.zero_grad()
        total.backward()
        made["losses"].append(float(f"{total.item():.7g}"))
        if step == 0:
            made["outputs"] = [packed(output) for output in outputs]
            made["gradients"] = {key: packed(tensor.grad) for key, tensor in trained.items()}
            made["inputGradients"] = [packed(x.grad) if x.is_floating_point() else None for x in inputs]
        if optimizer:
            optimizer.step()
    made["after"] = {key: packed(tensor) for key, tensor in held(network).items()}
    if all(mine == theirs for mine, theirs in zip(made["evaluation"], made["outputs"])):
        del made["evaluation"]
    return made


cases = [case for file in sorted(HERE.glob("cases/*.json")) for case in json.loads(file.read_text())]
document = {"torch": torch.__version__.split("+")[0], "cases": [run(case) for case in cases]}
text = json.dumps(document, separators=(",", ":"))
# Without a name and a time, so that the same numbers make the same bytes.
(HERE / "golden.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
print(f"{len(cases)} cases, {len(text):,} characters, {(HERE / 'golden.json.gz').stat().st_size:,} bytes")
