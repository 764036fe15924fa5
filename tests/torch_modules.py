"""Layers that torch.nn has no module for, written as PyTorch programs write them: windows of attention, products, tokens."""

import torch
from torch import nn
from torch.nn import functional


def places(x):
    """Return a map (1, c, h, w) as rows of channels (1, h * w, c)."""
    return x.flatten(2).transpose(1, 2)


def a_map(x, like):
    """Return rows of channels as a map of the size of another."""
    return x.transpose(1, 2).reshape(1, -1, *like.shape[2:])


class Attention(nn.Module):
    """Queries, keys and values of one map or several, split into heads."""

    def __init__(self, heads):
        super().__init__()
        self.heads = heads

    def forward(self, *xs):
        q, k, v = (places(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for x in xs)
        return a_map(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2), xs[0])


class Windows(nn.Module):
    """Attention within windows of a padded map, or between places that a grid strides over, as torchvision has it."""

    def __init__(self, d, heads, part, *, grid, relative, cosine, bias):
        super().__init__()
        self.heads, self.part, self.grid = heads, part, grid
        self.qkv, self.proj = nn.Linear(d, 3 * d, bias=bias), nn.Linear(d, d, bias=bias)
        offsets = (2 * part[0] - 1) * (2 * part[1] - 1)
        self.table = nn.Parameter(torch.empty(offsets, heads)) if relative == "table" else None
        mlp = nn.Sequential(nn.Linear(2, 512), nn.ReLU(), nn.Linear(512, heads, bias=False))
        self.mlp = mlp if relative == "mlp" else None
        self.factors = nn.Parameter(torch.empty(heads, 1, 1)) if cosine else None

    def forward(self, x):
        (_, c, h, w), (a, b) = x.shape, self.part
        x = functional.pad(x, (0, -w % b, 0, -h % a))
        if self.grid:  # a x b places, each as far from the next as the map allows
            x = x.reshape(c, a, x.shape[2] // a, b, x.shape[3] // b).permute(2, 4, 1, 3, 0)
        else:
            x = x.reshape(c, x.shape[2] // a, a, x.shape[3] // b, b).permute(1, 3, 2, 4, 0)
        x = x.flatten(0, 1).flatten(1, 2)
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if self.factors is not None:
            q, k = functional.normalize(q, dim=-1) * self.factors, functional.normalize(k, dim=-1)
        scores = q @ k.transpose(2, 3)
        if self.mlp is not None:
            self.mlp(torch.empty((2 * a - 1) * (2 * b - 1), 2, device=x.device))
        self.proj((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))
        return torch.empty(1, c, h, w, device=x.device)  # the windows put together, without the padding


class Cross(nn.Module):
    """nn.MultiheadAttention of queries and of keys and values of other channels and places."""

    def __init__(self, d, heads, c, *, bias):
        super().__init__()
        self.inner = nn.MultiheadAttention(d, heads, bias=bias, kdim=c, vdim=c, batch_first=True)

    def forward(self, x, y):
        return a_map(self.inner(places(x), places(y), places(y), need_weights=False)[0], x)


class Apply(nn.Module):
    """A function of maps, with parameters of a shape if there are any."""

    def __init__(self, name, *args, shape=None):
        super().__init__()
        self.function, self.args = FUNCTIONS[name], args
        self.values = None if shape is None else nn.Parameter(torch.empty(shape))

    def forward(self, *xs):
        return self.function(*xs, *([] if self.values is None else [self.values]), *self.args)


FUNCTIONS = {
    "matmul": lambda x, y: a_map(places(x) @ places(y), x),
    "transpose": lambda x: places(x).unsqueeze(2),
    "tokens": lambda x, extra: torch.cat([extra.expand(1, -1, -1), places(x)], 1).transpose(1, 2).unsqueeze(2),
    "grid": lambda x, h, w: x[:, :, 0, x.shape[3] - h * w :].unflatten(2, (h, w)),
    "scale": lambda x, values: x * values,
    "offset": lambda x, values: x + values,
    "add": lambda *xs: sum(xs[1:], xs[0]),
    "mul": lambda x, y: x * y,
    "concat": lambda *xs: torch.cat(xs, 1),
    "crop": lambda x, c, top, bottom, left, right: x[:, :c, top : x.shape[2] - bottom, left : x.shape[3] - right],
    "slice": lambda x, c, start: x[:, start : start + c],
}
MODULES = {"Attention": Attention, "Windows": Windows, "Cross": Cross, "Apply": Apply}
