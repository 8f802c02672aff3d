"""The same networks on the same batches in PyTorch: the peer of `bench local-training` and `bench inference`.

Usage: python pytorch_peer.py MODE MODEL BATCH THREADS STEPS SHAPE < images+labels
MODE: training or inference. SHAPE: of one image, as 1x28x28.
Standard input: STEPS * BATCH images (float32, normalised), then as many labels (int32).
Each line of standard input after the data asks for one measured pass; it answers with one JSON line.
"""
import json, math, sys, time
import torch
from torch import nn
from networks import MODELS

mode, model_name = sys.argv[1], sys.argv[2]
batch, threads, steps = (int(argument) for argument in sys.argv[3:6])
shape = [int(size) for size in sys.argv[6].split("x")]
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)

if model_name not in MODELS:
    sys.exit(f"the peer has no {model_name}; it has {', '.join(MODELS)}")
count = batch * steps
data = sys.stdin.buffer.read(count * math.prod(shape) * 4)
images = torch.frombuffer(bytearray(data), dtype=torch.float32).reshape(count, *shape)
labels = torch.frombuffer(bytearray(sys.stdin.buffer.read(count * 4)), dtype=torch.int32).long()
torch.manual_seed(1)
model = MODELS[model_name]()
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)


def train():
    for step in range(steps):
        part = slice(step * batch, (step + 1) * batch)
        optimizer.zero_grad()
        loss = loss_function(model(images[part]), labels[part])
        loss.backward()
        optimizer.step()


def infer():
    model.eval()
    with torch.inference_mode():
        for step in range(steps):
            model(images[step * batch:(step + 1) * batch]).numpy()


work = {"training": train, "inference": infer}[mode]
print(json.dumps({"version": torch.__version__}), flush=True)
for _ in sys.stdin.buffer:
    began = time.perf_counter()
    work()
    print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)
