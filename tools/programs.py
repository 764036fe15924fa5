"""Write the programs that tests of the importer read: tiny modules through `torch.export`, with PyTorch's counts.

Needs PyTorch and torchvision. Each file in `tests/programs/` is one module: its program, its parameters, and half of what
`torch.utils.flop_counter` says of a run.
"""

# ruff: noqa: E501, FBT003 - one net a line

import json
import sys
from pathlib import Path
from types import ModuleType

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - the name that everybody gives it
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import swin_transformer

from costcalc.importer.torchreader import program_of

TARGET = Path(__file__).parent.parent / "tests" / "programs"


class Net(nn.Module):
    """A module of named parts and a function of them and the input."""

    def __init__(self, run, **parts) -> None:  # noqa: ANN001, ANN003
        super().__init__()
        self.run = run
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the function."""
        return self.run(self, x)


def conv_bn(c_in: int, c: int, k: int = 3, **more: int) -> nn.Sequential:
    """Return a convolution with batch norm and ReLU."""
    return nn.Sequential(nn.Conv2d(c_in, c, k, bias=False, **more), nn.BatchNorm2d(c), nn.ReLU(inplace=True))


class Inverted(nn.Module):
    """MobileNet V2's block."""

    def __init__(self, c_in: int, c: int, t: int, s: int) -> None:
        super().__init__()
        wide = c_in * t
        parts = [conv_bn(c_in, wide, 1)] if t != 1 else []
        parts += [
            conv_bn(wide, wide, padding=1, stride=s, groups=wide),
            nn.Conv2d(wide, c, 1, bias=False),
            nn.BatchNorm2d(c),
        ]
        self.layers = nn.Sequential(*parts)
        self.keeps = s == 1 and c_in == c

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the block."""
        return x + self.layers(x) if self.keeps else self.layers(x)


def shuffled(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Split channels, and shuffle what is joined again."""
    a, b = net.stem(x).chunk(2, dim=1)
    y = torch.cat((a, net.conv(b)), 1)
    n, c, h, w = y.shape
    return net.last(y.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w))


def squeezed(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Squeeze and excite."""
    x = net.stem(x)
    return net.fc(
        torch.flatten((x * torch.sigmoid(net.up(F.relu(net.down(F.adaptive_avg_pool2d(x, 1)))))).mean([2, 3]), 1)
    )


class Tokens(nn.Module):
    """A class token and positions, one attention and a residual; the class token is what comes out."""

    def __init__(self, c: int, heads: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, c))
        self.places = nn.Parameter(torch.zeros(1, 17, c))
        self.norm = nn.LayerNorm(c)
        self.attention = nn.MultiheadAttention(c, heads, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the block."""
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x.flatten(2).transpose(1, 2)), 1) + self.places
        y = self.norm(x)
        return (x + self.attention(y, y, y, need_weights=False)[0])[:, :1]


def tied_whole() -> nn.Module:
    """Return a net of two convolutions with one weight and nothing else."""
    parts = {name: nn.Conv2d(3, 3, 3, bias=False) for name in "ab"}
    parts["b"].weight = parts["a"].weight
    return Net(lambda net, x: net.b(net.a(x)), **parts)


class Twins(nn.Module):
    """One tower for two inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.tower = conv_bn(3, 4, stride=2)
        self.fc = nn.Linear(8, 1)

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """Run the tower twice."""
        return self.fc(torch.cat([self.tower(x).mean([2, 3]) for x in (left, right)], 1))


def patches(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Put every 2x2 places together, as Swin does, on a map with the channels last; then as one with them first."""
    x = net.stem(x).permute(0, 2, 3, 1)
    parts = [x[:, i::2, j::2, :] for j in (0, 1) for i in (0, 1)]
    x = net.reduce(net.norm(torch.cat(parts, -1)))
    n, h, w, c = x.shape
    x = x.reshape(n, h // 2, 2, w // 2, 2, c).permute(0, 1, 3, 4, 2, 5).flatten(3)
    return net.last(x)


def mixed(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Mix places, as MLP-Mixer and ResMLP do."""
    x = net.stem(x).flatten(2).transpose(1, 2)
    y = torch.addcmul(net.beta, net.alpha, x)
    x = x + net.gamma * net.places(y.transpose(1, 2)).transpose(1, 2)
    return net.fc((x + net.channels(x)).mean(1))


def lined(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Weigh channels by a convolution over them, as ECA does."""
    x = net.stem(x)
    return x * torch.sigmoid(net.line(x.mean((2, 3)).view(1, 1, -1))).view(1, -1, 1, 1).expand_as(x)


def in_context(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Add what all places give, each by its weight, as a global context does."""
    x = net.stem(x)
    n, c, h, w = x.shape
    weights = torch.softmax(net.mask(x).view(n, 1, h * w), 2)
    return x + net.up(torch.matmul(x.view(n, c, h * w).unsqueeze(1), weights.unsqueeze(3)).view(n, c, 1, 1))


def selected(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Weigh two branches, as selective kernels do."""
    both = torch.stack([net.a(x), net.b(x)], dim=1)
    weights = net.pick(both.sum(1).mean((2, 3), keepdim=True)).view(1, 2, 4, 1, 1)
    return torch.sum(both * torch.softmax(weights, 1), 1)


def responded(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Normalise responses, as ConvNeXt V2 does."""
    x = net.stem(x)
    lengths = torch.linalg.vector_norm(x, ord=2, dim=(2, 3), keepdim=True)
    lengths = lengths / (lengths.mean(1, keepdim=True) + 1e-6)
    return x + torch.addcmul(net.beta.view(1, -1, 1, 1), net.gamma.view(1, -1, 1, 1), x * lengths)


class Windows(nn.Module):
    """Attention in shifted windows, as torchvision has it."""

    def __init__(self, kind: type[nn.Module]) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 4, 4)
        self.block = kind(8, 2, [4, 4], [2, 2])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the block on a map with the channels last."""
        return self.block(self.stem(x).permute(0, 2, 3, 1))


def summed(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Attend by einsum."""
    q, k, v = (part.view(1, 2, 4, 64).permute(0, 1, 3, 2) for part in net.qkv(net.stem(x)).chunk(3, 1))
    scores = torch.softmax(torch.einsum("b h i d, b h j d -> b h i j", q * 0.5, k), -1)
    return net.last(torch.einsum("bhij,bhjd->bihd", scores, v).reshape(1, 64, 8))


def turned_scores(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Attend as SAGAN does: values times turned scores, without the largest of them, and a factor that is learnt."""
    x = net.stem(x)
    q, k, v = (part(x).flatten(2) for part in (net.q, net.k, net.v))
    scores = q.transpose(1, 2) @ k
    scores = torch.softmax(scores - scores.amax(-1, keepdim=True), -1)
    return x + net.gamma * (v @ scores.transpose(1, 2)).view_as(x)


def channels_pooled(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Weigh places by what their channels have in common, as CBAM does."""
    x = net.stem(x)
    pooled = torch.cat((torch.max(x, 1)[0].unsqueeze(1), torch.mean(x, 1).unsqueeze(1)), 1)
    return x * torch.sigmoid(net.conv(pooled))


def compared(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Give the distance of two towers, whose larger map and whose mean are pooled."""
    a, b = net.a(x), net.b(x)
    pooled = [y.mean((2, 3)) for y in (torch.max(a, b), torch.stack((a, b)).mean(0))]
    return torch.abs(pooled[0] - pooled[1]) * torch.exp(pooled[0]) + F.pairwise_distance(*pooled)


class Crossing(nn.Module):
    """Rows that are learnt attend to a sequence, which attends to itself behind a mask, its steps first."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = nn.Parameter(torch.zeros(1, 3, 8))
        self.cross = nn.MultiheadAttention(8, 2, batch_first=True)
        self.inner = nn.MultiheadAttention(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run both."""
        steps = x.transpose(0, 1)
        mask = torch.triu(torch.ones(12, 12, device=x.device), 1) == 1
        steps = steps + self.inner(steps, steps, steps, attn_mask=mask)[0]
        rows = self.rows.expand(x.shape[0], -1, -1)
        return self.cross(rows, steps.transpose(0, 1), steps.transpose(0, 1))[0] + rows


class Masked(nn.Module):
    """Attention by hand behind a mask that is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.last = nn.Linear(8, 24), nn.Linear(8, 8)
        self.register_buffer("mask", torch.tril(torch.ones(16, 16)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Attend."""
        q, k, v = (part.view(1, 12, 2, 4).transpose(1, 2) for part in self.qkv(x).split(8, 2))
        scores = (q @ k.transpose(-2, -1) / 2).masked_fill(self.mask[:12, :12] == 0, float("-inf"))
        return self.last((scores.softmax(-1) @ v).transpose(1, 2).reshape(1, 12, 8))


class Placed(nn.Module):
    """A convolution over channels, less a mean that is kept, and the row of each place behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 6, 3)
        self.register_buffer("mean", torch.ones(1, 3, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the convolution."""
        rows = torch.linspace(-1, 1, x.shape[2], device=x.device).view(1, 1, -1, 1).expand(1, 1, *x.shape[2:])
        return self.conv(torch.cat((x - self.mean, rows), 1))


def learnt(*shape: int) -> nn.Parameter:
    """Return a parameter."""
    return nn.Parameter(torch.ones(*shape))


def frozen() -> nn.Module:
    """Return a net whose first convolution is not trained."""
    net = Net(lambda net, x: net.b(net.a(x)), a=nn.Conv2d(3, 4, 3), b=nn.Conv2d(4, 4, 1))
    net.a.weight.requires_grad_(False)
    return net


def tied() -> nn.Module:
    """Return a net of two convolutions with one weight."""
    net = Net(lambda net, x: net.b(net.a(x)), a=nn.Conv2d(3, 3, 3), b=nn.Conv2d(3, 3, 3))
    net.b.weight = net.a.weight
    return net


def kept() -> nn.Module:
    """Return a net with a norm that is kept as it is, as detectors have it, and one that is trained."""
    net = nn.Sequential(conv_bn(3, 4), conv_bn(4, 4))
    net[0][1].requires_grad_(False)
    return net


NETS = {
    "asymmetric": lambda: Net(lambda net, x: net.conv(F.pad(x, (0, 1, 2, 3))), conv=nn.Conv2d(3, 4, 3, stride=2)),
    "dilated": lambda: nn.Sequential(nn.Conv2d(3, 4, 3, dilation=2, padding=1), nn.Conv2d(4, 8, (3, 5), groups=2, padding="same")),
    "ceil": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(3, 2, ceil_mode=True), nn.AvgPool2d(2, 1, padding=1)),
    "shuffled": lambda: Net(shuffled, stem=conv_bn(3, 8), conv=conv_bn(4, 6, 1), last=nn.Conv2d(10, 4, 1)),
    "squeezed": lambda: Net(squeezed, stem=conv_bn(3, 8), down=nn.Conv2d(8, 2, 1), up=nn.Conv2d(2, 8, 1), fc=nn.Linear(8, 5)),
    "inverted": lambda: nn.Sequential(
        conv_bn(3, 8, stride=2, padding=1), Inverted(8, 8, 1, 1), Inverted(8, 16, 6, 2), Inverted(16, 16, 6, 1), Inverted(16, 16, 6, 1),
        Inverted(16, 24, 6, 2), Inverted(24, 24, 6, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(24, 10)),
    "flattened": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * 15 * 15, 6), nn.Softmax(1)),
    "shared": lambda: Net(lambda net, x: net.a(net.a(x)), a=nn.Conv2d(3, 3, 3)),
    "tied": tied,
    "tied_whole": tied_whole,
    "shared_norm": lambda: Net(lambda net, x: net.a(net.a(x)), a=conv_bn(3, 3, padding=1)),
    "siamese": Twins,
    "patches": lambda: Net(patches, stem=nn.Conv2d(3, 4, 4, 4), norm=nn.LayerNorm(16), reduce=nn.Linear(16, 8, bias=False), last=nn.Linear(32, 5)),
    "mixed": lambda: Net(mixed, stem=nn.Conv2d(3, 8, 8, 8), beta=learnt(1, 1, 8), alpha=learnt(1, 1, 8), gamma=learnt(8), places=nn.Linear(16, 16), channels=nn.Linear(8, 8), fc=nn.Linear(8, 3)),
    "lined": lambda: Net(lined, stem=conv_bn(3, 8), line=nn.Conv1d(1, 1, 3, padding=1, bias=False)),
    "in_context": lambda: Net(in_context, stem=conv_bn(3, 8), mask=nn.Conv2d(8, 1, 1), up=nn.Conv2d(8, 8, 1)),
    "selected": lambda: Net(selected, a=nn.Conv2d(3, 4, 3, padding=1), b=nn.Conv2d(3, 4, 3, padding=2, dilation=2), pick=nn.Conv2d(4, 8, 1)),
    "responded": lambda: Net(responded, stem=nn.Conv2d(3, 8, 4, 4), beta=learnt(8), gamma=learnt(8)),
    "windows": lambda: Windows(swin_transformer.SwinTransformerBlock),
    "cosine": lambda: Windows(swin_transformer.SwinTransformerBlockV2),
    "summed": lambda: Net(summed, stem=nn.Conv2d(3, 8, 4, 4), qkv=nn.Conv2d(8, 24, 1), last=nn.Linear(8, 4)),
    "frozen": frozen,
    "unread": lambda: Net(lambda net, x: net.a(x), a=nn.Conv2d(3, 4, 3), b=nn.Conv2d(3, 5, 3)),
    "turned": lambda: Net(lambda net, x: net.a(x.transpose(2, 3)), a=nn.Conv2d(3, 4, (3, 5))),
    "one_slope": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.PReLU(), nn.Conv2d(4, 4, 1), nn.PReLU(4)),
    "bare_norm": lambda: nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4, affine=False), nn.ReLU()),
    "scaled": lambda: Net(lambda net, x: net.a(x) * 0.2, a=nn.Conv2d(3, 4, 3)),
    "attending": lambda: nn.Sequential(nn.Conv2d(3, 8, 8, 8), Tokens(8, 2), nn.Flatten(), nn.Linear(8, 4)),
    "adaptive": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d((7, 5)), nn.ConvTranspose2d(4, 6, 3, 2, 1, 1), nn.Upsample(scale_factor=2)),
    "normed": lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.GroupNorm(4, 8), nn.InstanceNorm2d(8), nn.Conv2d(8, 4, 1), nn.Hardswish()),
    "kept": kept,
    "responses": lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.LocalResponseNorm(5), nn.Conv2d(8, 4, 1), nn.LocalResponseNorm(2)),
    "root_mean_square": lambda: Net(lambda net, x: net.fc(net.norm(net.stem(x).permute(0, 2, 3, 1))), stem=nn.Conv2d(3, 8, 4, 4), norm=nn.RMSNorm(8), fc=nn.Linear(8, 4)),
    "gated": lambda: Net(lambda net, x: net.b(net.a(x) * torch.sigmoid(net.a(x))), a=nn.Conv2d(3, 4, 3), b=nn.Conv2d(4, 4, 1)),
    "places": lambda: Net(lambda net, x: net.fc(F.adaptive_avg_pool2d(net.norm(net.stem(x).flatten(2).transpose(1, 2)).transpose(1, 2).unsqueeze(2), 1).flatten(1)), stem=nn.Conv2d(3, 8, 8, 8), norm=nn.LayerNorm(8), fc=nn.Linear(8, 4)),
    "signal": lambda: nn.Sequential(
        nn.Conv1d(1, 8, 16, 4, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(4), nn.Conv1d(8, 8, 3, padding=1, groups=8), nn.ConstantPad1d((1, 2), 0),
        nn.Conv1d(8, 12, 3, dilation=2), nn.AvgPool1d(3, 2, 1), nn.ConvTranspose1d(12, 6, 4, 2, 1), nn.Upsample(scale_factor=2), nn.AdaptiveAvgPool1d(5), nn.Flatten(), nn.Linear(30, 3)),
    "features": lambda: nn.Sequential(nn.Linear(20, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 16, bias=False), nn.GELU(), nn.Linear(16, 4)),
    "sequence": lambda: Net(lambda net, x: net.fc((x + net.mix(net.norm(x))).mean(1)), norm=nn.LayerNorm(8), mix=nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8)), fc=nn.Linear(8, 4)),
    "halved": lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.GLU(1), nn.PixelUnshuffle(2), nn.Conv2d(16, 4, 1)),
    "recurrent": lambda: Net(lambda net, x: net.fc(net.last(net.first(x)[0])[1][-1]), first=nn.LSTM(8, 6, 2, batch_first=True, bidirectional=True), last=nn.GRU(12, 5, batch_first=True), fc=nn.Linear(5, 3)),
    "states": lambda: Net(lambda net, x: net.fc(torch.cat((net.both(x)[1][-2], net.both(x)[1][-1], net.last(x)[1][0][-1]), 1)), both=nn.GRU(8, 6, 2, batch_first=True, bidirectional=True), last=nn.LSTM(8, 5, 2, batch_first=True), fc=nn.Linear(17, 3)),
    "steps_first": lambda: Net(lambda net, x: F.log_softmax(net.fc(net.both(x.transpose(0, 1))[0].view(12, 12)), 1), both=nn.LSTM(8, 6, bidirectional=True), fc=nn.Linear(12, 3)),
    "weight_norm": lambda: nn.Sequential(*(nn.utils.parametrizations.weight_norm(part) for part in (nn.Conv2d(3, 4, 3), nn.Conv2d(4, 8, 3, 2, bias=False))), nn.Flatten(), nn.utils.parametrizations.weight_norm(nn.Linear(8 * 14 * 14, 5))),
    "spectral_norm": lambda: nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 4, 3)), nn.utils.spectral_norm(nn.Conv2d(4, 8, 3))),
    "turned_scores": lambda: Net(turned_scores, stem=nn.Conv2d(3, 8, 4, 4), q=nn.Conv2d(8, 4, 1), k=nn.Conv2d(8, 4, 1), v=nn.Conv2d(8, 8, 1), gamma=learnt(1)),
    "channels_pooled": lambda: Net(channels_pooled, stem=nn.Conv2d(3, 8, 3, 2), conv=nn.Conv2d(2, 1, 7, padding=3)),
    "sub_pixel": lambda: nn.Sequential(nn.Conv2d(3, 12, 3), nn.PixelShuffle(2), nn.Conv2d(3, 4, 1)),
    "generated": lambda: Net(lambda net, x: net.maps(net.fc(x).view(-1, 8, 4, 4)), fc=nn.Linear(20, 128), maps=nn.Sequential(nn.BatchNorm2d(8), nn.ReLU(), nn.ConvTranspose2d(8, 4, 4, 2, 1))),
    "coordinates": Placed,
    "towers": lambda: Net(compared, a=nn.Conv2d(3, 4, 3), b=nn.Conv2d(3, 4, 3)),
    "crossing": Crossing,
    "masked": Masked,
    "words": lambda: Net(lambda net, x: net.fc(net.words(x.long()).mean(1)), words=nn.Embedding(50, 8), fc=nn.Linear(8, 2)),
    "strange": lambda: Net(lambda net, x: torch.fft.fft2(net.a(x)).abs() + torch.cumsum(net.a(x), 1).flip(1), a=nn.Conv2d(3, 4, 3)),
}  # fmt: skip


SIZE = (3, 32, 32)
SIZES = {
    "signal": (1, 400),
    "features": (20,),
    "sequence": (12, 8),
    "recurrent": (12, 8),
    "states": (12, 8),
    "steps_first": (12, 8),
    "crossing": (12, 8),
    "masked": (12, 8),
    "generated": (20,),
    "words": (12,),
}  # of inputs that are not maps
SEVERAL = {"siamese": {"left": SIZE, "right": SIZE}}  # inputs of nets that have more than one


def main() -> None:
    """Write every program, or those that are named."""
    here = ModuleType("programs_of_tests")
    sys.modules[here.__name__] = here
    TARGET.mkdir(exist_ok=True)
    for name in sys.argv[1:] or NETS:
        make = here.make = NETS[name]
        shape = SEVERAL.get(name, SIZES.get(name, SIZE))
        program = program_of("programs_of_tests:make", shape)
        torch.backends.mha.set_fastpath_enabled(False)  # so that the products are seen one by one
        net = make().eval().to("meta")  # where no kernel hides what it multiplies
        with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
            net(*(torch.zeros(1, *sides, device="meta") for sides in (shape.values() if name in SEVERAL else [shape])))
        program["counted"] = {
            "params": sum(p.numel() for p in net.parameters() if p.requires_grad),
            "macs": counter.get_total_flops() // 2,
        }
        (TARGET / f"{name}.json").write_text(json.dumps(program, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
