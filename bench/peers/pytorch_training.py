"""Trains the same network on the same batches in PyTorch: the peer of `bench local-training`.

Usage: python pytorch_training.py MODEL BATCH THREADS STEPS < images+labels
Standard input: STEPS * BATCH images (float32, normalised, 784 each), then as many labels (int32).
Each line of standard input after the data asks for one measured pass; it answers with one JSON line.
"""
import json, struct, sys, time
import torch
from torch import nn

model_name, batch, threads, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)
MODELS = {
    "mcmahan-cnn": lambda: nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10)),
    "mcmahan-2nn": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, 10)),
    "pysyft-cnn": lambda: nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10)),
    "lenet5": lambda: nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
}
count = batch * steps
data = sys.stdin.buffer.read(count * 784 * 4)
images = torch.frombuffer(bytearray(data), dtype=torch.float32).reshape(count, 1, 28, 28)
labels = torch.frombuffer(bytearray(sys.stdin.buffer.read(count * 4)), dtype=torch.int32).long()
torch.manual_seed(1)
model = MODELS[model_name]()
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
print(json.dumps({"version": torch.__version__}), flush=True)
for _ in sys.stdin.buffer:
    began = time.perf_counter()
    for step in range(steps):
        part = slice(step * batch, (step + 1) * batch)
        optimizer.zero_grad()
        loss = loss_function(model(images[part]), labels[part])
        loss.backward()
        optimizer.step()
    print(json.dumps({"seconds": time.perf_counter() - began, "loss": float(loss)}), flush=True)
