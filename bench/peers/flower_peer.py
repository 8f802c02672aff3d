"""The same federated rounds in Flower's simulation on Ray: the peer of `bench simulation`.

Usage: python flower_peer.py MODEL CLIENTS COHORT ROUNDS BATCH EPOCHS TRAINING DATA IMAGES SHAPE CPUS
TRAINING: yes, or no: clients return the model as it came. SHAPE: of one image, as 1x28x28.
DATA: a file with IMAGES images (float32), then as many labels (int32); client k has the k-th of CLIENTS equal parts.
CPUS: clients that train at once, each with one thread. FedAvg weighted by examples, SGD with a learning rate of 0.05.
The last line of standard output is JSON: version, torch, roundMs (of each round, from its selection to the next one's).
"""
import json, sys, time
import numpy as np
import torch
from torch import nn
import flwr
from flwr.app import ArrayRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation
from networks import MODELS

model_name = sys.argv[1]
clients, cohort, rounds, batch, epochs = (int(argument) for argument in sys.argv[2:7])
training, data_file, count = sys.argv[7] == "yes", sys.argv[8], int(sys.argv[9])
shape = [int(size) for size in sys.argv[10].split("x")]
cpus = int(sys.argv[11])
if model_name not in MODELS:
    sys.exit(f"the peer has no {model_name}; it has {', '.join(MODELS)}")

client_app, server_app = ClientApp(), ServerApp()


def shard(client):
    """The images and labels of one client, read from the file's part that is its own."""
    size, pixels = count // clients, int(np.prod(shape))
    images = np.fromfile(data_file, np.float32, size * pixels, offset=client * size * pixels * 4)
    labels = np.fromfile(data_file, np.int32, size, offset=count * pixels * 4 + client * size * 4)
    return torch.from_numpy(images).reshape(size, *shape), torch.from_numpy(labels).long()


@client_app.train()
def train(message, context):
    model = MODELS[model_name]()
    model.load_state_dict(message.content["arrays"].to_torch_state_dict())
    examples = count // clients
    if training:
        torch.set_num_threads(1)
        images, labels = shard(int(context.node_config["partition-id"]))
        loss_function, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.05)
        for _ in range(epochs):
            order = torch.randperm(examples)
            for part in order.split(batch):
                optimizer.zero_grad()
                loss_function(model(images[part]), labels[part]).backward()
                optimizer.step()
    content = RecordDict({"arrays": ArrayRecord(model.state_dict()), "metrics": MetricRecord({"num-examples": examples})})
    return Message(content=content, reply_to=message)


began = []


class Timed(FedAvg):
    def configure_train(self, *arguments, **named):
        began.append(time.perf_counter())
        return super().configure_train(*arguments, **named)


@server_app.main()
def main(grid, context):
    torch.manual_seed(1)
    strategy = Timed(fraction_train=cohort / clients, fraction_evaluate=0.0, min_train_nodes=cohort, min_available_nodes=clients)
    strategy.start(grid=grid, initial_arrays=ArrayRecord(MODELS[model_name]().state_dict()), num_rounds=rounds)
    began.append(time.perf_counter())


resources = {"client_resources": {"num_cpus": 1, "num_gpus": 0.0}, "init_args": {"num_cpus": cpus}}
run_simulation(server_app, client_app, clients, backend_config=resources)
round_ms = [round((end - start) * 1000, 1) for start, end in zip(began, began[1:])]
print(json.dumps({"version": flwr.__version__, "torch": torch.__version__, "roundMs": round_ms}), flush=True)
