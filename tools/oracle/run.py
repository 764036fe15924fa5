"""What one run of a PyTorch module does, ATen operation by ATen operation, on tensors without data."""

from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

torch.backends.mha.set_fastpath_enabled(value=False)  # which hides projections in one fused operation
ATEN = torch.ops.aten
CONVS = {ATEN.convolution, ATEN._convolution}  # noqa: SLF001 - their names in ATen
NORMS = {
    *("native_batch_norm", "_native_batch_norm_legit_no_training", "cudnn_batch_norm", "_native_batch_norm_legit"),
    *("native_layer_norm", "native_group_norm", "_batch_norm_with_update", "_batch_norm_no_update"),
}
POOLS = {"max_pool2d_with_indices", "avg_pool2d", "_adaptive_avg_pool2d", "mean", "max_pool2d", "adaptive_max_pool2d"}
ACTS = {
    *("relu", "hardtanh", "silu", "gelu", "sigmoid", "hardsigmoid", "hardswish", "leaky_relu", "elu", "mish", "tanh"),
    *("threshold", "clamp", "clamp_min", "_prelu_kernel", "relu6", "softmax", "_softmax"),
}
PAD = "constant_pad_nd"
UNCOUNTED = ("attention", "mkldnn", "rnn", "lstm", "gru", "_trilinear", "_cdist")  # which multiply, and nothing counts


class Step(NamedTuple):
    """One operation: its name, values that it reads and the one that it makes, shapes, parameters, MACs by kind.

    A value is a number, a new one for whatever is written; views are the value that they look at. `view` marks what
    makes none. `params` and `stats` are elements of trainable parameters and of running statistics that it reads.
    """

    op: str
    reads: tuple[int, ...]
    makes: int
    view: bool
    ins: tuple[tuple[int, ...], ...]
    out: tuple[int, ...]
    params: int = 0
    stats: int = 0
    conv: int = 0
    fc: int = 0
    matmul: int = 0

    @property
    def macs(self) -> int:
        """All multiply-accumulates."""
        return self.conv + self.fc + self.matmul


class Run(NamedTuple):
    """The steps of a run, elements of each value by its number, and which values are inputs and outputs."""

    steps: tuple[Step, ...]
    sizes: dict[int, int]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def macs(self) -> int:
        """All multiply-accumulates."""
        return sum(step.macs for step in self.steps)


def tensors(tree: Any) -> list[torch.Tensor]:
    """Return the tensors of nested arguments."""
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def statistics(module: nn.Module) -> int:
    """Return the elements of running statistics, and of frozen norms those of their factors and summands too."""
    found = 0
    for part in module.modules():
        frozen = type(part).__name__ == "FrozenBatchNorm2d"
        kept = [b for name, b in part.named_buffers(recurse=False) if name.startswith("running_") or frozen]
        found += sum(b.numel() for b in kept)
    return found


def storage(tensor: torch.Tensor) -> int:
    """Return what tells the memory of a tensor from that of others."""
    return tensor.untyped_storage()._cdata  # noqa: SLF001 - torch has no other name for it


def done(func: Any, args: Any, kwargs: Any) -> Any:
    """Return what an operation gives; of one that works element by element on a map a map like it, which is faster."""
    name = func._schema.name.removeprefix("aten::")  # noqa: SLF001 - there is no public name
    same = name.rstrip("_") in ACTS or (name in ("add", "add_", "mul", "mul_") and _alike(args[:2]))
    if same and args[0].device.type == "meta":
        return args[0] if name.endswith("_") and not name.startswith("_") else torch.empty_like(args[0])
    if name == "native_batch_norm" and args[0].device.type == "meta":
        beside = args[0].new_empty(args[0].shape[1] if args[5] else 0)
        return torch.empty_like(args[0]), beside, torch.empty_like(beside)
    if name == "convolution" and args[0].device.type == "meta":
        key = (args[0].shape, args[1].shape, *map(str, args[3:]))
        if key not in _CONVOLVED:
            _CONVOLVED[key] = func(*args, **kwargs).shape
        return torch.empty(_CONVOLVED[key], device="meta")
    return func(*args, **kwargs)


_CONVOLVED: dict[Any, Any] = {}  # shapes of convolutions that ran before


def _alike(pair: Any) -> bool:
    """Return whether both arguments are maps of one shape and type."""
    x, y = pair
    return isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor) and (x.shape, x.dtype) == (y.shape, y.dtype)


class Mode(TorchDispatchMode):
    """A mode without the guard against compilation, which takes most of its time and is of no use here."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False


class Steps(Mode):
    """Every ATen operation of a run as a Step; values are told apart by their memory and by what wrote it last."""

    def __init__(self, module: nn.Module, inputs: Iterable[torch.Tensor]) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.kept: list[torch.Tensor] = []  # so that no memory is given twice
        self.params = {storage(p): p.numel() for p in module.parameters() if p.requires_grad}
        self.weights = {storage(p) for p in module.parameters() if p.dim() >= 2}
        self.stats = {storage(b): b.numel() for name, b in module.named_buffers() if "running_" in name}
        self.fixed = {*self.params, *self.weights, *self.stats, *(storage(b) for b in module.buffers())}
        self.values: dict[int, int] = {}
        self.sizes: dict[int, int] = {}
        for tensor in inputs:
            self.value(tensor)

    def value(self, tensor: torch.Tensor, *, new: bool = False) -> int:
        """Return the number of a tensor's value; a new one where it was just written."""
        key = storage(tensor)
        if new or key not in self.values:
            self.values[key] = len(self.sizes)
            self.sizes[self.values[key]] = tensor.untyped_storage().nbytes() // tensor.element_size()
            self.kept.append(tensor)
        return self.values[key]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Note one operation."""
        packet, kwargs = func._overloadpacket, kwargs or {}  # noqa: SLF001 - there is no public name
        if packet not in flop_registry and any(word in str(packet) for word in UNCOUNTED):
            raise NotImplementedError(f"{packet} multiplies, and nothing counts it")
        if packet not in flop_registry and packet not in CONVS:
            inner = func.decompose(*args, **kwargs) if _composite(func) else NotImplemented
            if inner is not NotImplemented:
                return inner
        found = tensors((args, kwargs))
        reads = tuple(self.value(t) for t in found if storage(t) not in self.fixed)
        before = {storage(t) for t in found}
        out = done(func, args, kwargs)
        made = tensors(out)
        if made:
            self.note(func, packet, found, reads, before, made[0], (args, kwargs, out))
        return out

    def note(self, func: Any, packet: Any, found: Any, reads: Any, before: Any, first: torch.Tensor, call: Any) -> None:
        """Add the step of an operation."""
        name = str(packet).rpartition(".")[2]
        if name == "clone" and storage(found[0]) in self.params:  # a parameter of which a part is changed before use
            self.params[storage(first)] = self.params[storage(found[0])]
            self.fixed.add(storage(first))
            self.kept.append(first)
        if storage(first) in self.fixed:
            return
        writes = func._schema.is_mutable  # noqa: SLF001 - there is no public name
        new = writes or storage(first) not in before
        macs = self.multiplied(packet, found, call) if packet in flop_registry or packet in CONVS else {}
        self.steps.append(
            Step(
                name.rstrip("_") if writes else name,
                reads,
                self.value(first, new=new),
                not new,
                tuple(tuple(t.shape) for t in found),
                tuple(first.shape),
                sum(self.params.get(key, 0) for key in dict.fromkeys(map(storage, found))),
                sum(self.stats.get(key, 0) for key in dict.fromkeys(map(storage, found))),
                **macs,
            )
        )

    def multiplied(self, packet: Any, found: Any, call: Any) -> dict[str, int]:
        """Return the MACs of a product under what it is: half of what PyTorch's own formula gives for it."""
        args, kwargs, out = call
        macs, odd = divmod(int(flop_registry[packet](*args, **kwargs, out_val=out)), 2)
        assert not odd
        if packet in CONVS:
            return {"conv": macs}
        factors = found[1:] if packet in (ATEN.addmm, ATEN.baddbmm) else found  # the first one is the bias
        return {"fc" if any(storage(t) in self.weights for t in factors) else "matmul": macs}


def _composite(func: Any) -> bool:
    """Return whether an operation is made of others, which then say what happens."""
    return torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), "CompositeImplicitAutograd")  # noqa: SLF001


def run(module: nn.Module, inputs: tuple[torch.Tensor, ...], forward: Callable[..., Any]) -> Run:
    """Return what a module does with some inputs, without gradients."""
    mode = Steps(module, inputs)
    given = tuple(mode.value(t) for t in inputs)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), mode:
        out = forward(module, *inputs)
    return Run(tuple(mode.steps), mode.sizes, given, tuple(mode.value(t) for t in tensors(out)))


# memory


def peak(found: Run) -> int:
    """Return the most elements that are alive at once.

    Each value lives from the operation that makes it to the last one that reads it; results live to the end. An
    activation, and a norm right after a product, writes over its input where nothing reads that later; padding is
    part of the window that reads it.
    """
    steps = [step for step in found.steps if not step.view]
    last = {value: number for number, step in enumerate(steps) for value in step.reads}
    last |= dict.fromkeys(found.outputs, len(steps))
    for step in steps:
        if _in_a_row(step):
            last |= dict.fromkeys(step.reads, len(steps))
    copies = {value for step in steps if step.op == "clone" for value in (step.makes,)}
    kept = (step for step in steps if not step.macs and not _in_a_row(step))
    copies -= {value for step in kept for value in step.reads}  # what a product or a row of results copies is not a map
    stands: dict[int, int] = {}  # value -> the one whose memory it has
    product: set[int] = set()
    lives: dict[int, list[int]] = {value: [0, last.get(value, -1)] for value in found.inputs}
    constant: set[int] = set()  # of parameters and buffers alone
    for number, step in enumerate(steps):
        over = step.reads[0] if step.reads and _written_over(step, product) else None
        until = last.get(step.makes, number)
        if constant.issuperset(step.reads) or _in_a_row(step):
            constant.add(step.makes)
        elif (
            step.op == PAD
            or step.makes in copies
            or (over is not None and last.get(over) == number and over not in found.inputs)
        ):
            root = stands.get(step.reads[0], step.reads[0])
            stands[step.makes] = root
            lives[root][1] = max(lives[root][1], until)
        else:
            lives[step.makes] = [number, until]
        if step.macs:
            product.add(step.makes)
    change = [0] * (len(steps) + 2)
    for value, (first, until) in lives.items():
        if until >= first:
            change[first] += found.sizes[value]
            change[until + 1] -= found.sizes[value]
    return max(accumulate(change))


def _in_a_row(step: Step) -> bool:
    """Return whether a step puts results of several maps in a row, which a table leaves as they are."""
    return step.op == "cat" and len(step.out) != 4


def _written_over(step: Step, product: set[int]) -> bool:
    """Return whether an operation is part of the layer before it."""
    follows = step.op in NORMS or (step.op == "add" and step.params > 0 and len(step.reads) == 1)
    return step.op in ACTS or (follows and step.reads[0] in product)


class Beside(Mode):
    """What operations put out besides their value: statistics, masks, indices of pools; and what was padded."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[int, torch.Tensor] = {}
        self.noise: dict[int, int] = {}
        self.padded: dict[int, torch.Tensor] = {}
        self.held: list[torch.Tensor] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Note the second and further outputs of an operation that is not a split, noise, and padding."""
        out = done(func, args, kwargs or {})
        name = func._schema.name  # noqa: SLF001 - there is no public name
        if isinstance(out, tuple):
            self.found |= {storage(t): t for t in out[1:] if isinstance(t, torch.Tensor)}
        elif "bernoulli" in name:
            self.found[storage(out)] = out
            self.noise[storage(out)] = out.numel()
        elif name.endswith(PAD):
            self.padded[storage(out)] = args[0]
            self.held.append(out)
        return out


class Saved(NamedTuple):
    """Elements that a training step saves of one image, and those of the noise of dropouts, not among them."""

    elements: int
    noise: int


def saved(module: nn.Module, inputs: tuple[torch.Tensor, ...], forward: Callable[..., Any]) -> Saved:
    """Return the elements that autograd saves in a training step, each memory once, but for parameters and statistics.

    Noise and indices are left out, and of a padded map the padding.
    """
    held: dict[int, torch.Tensor] = {}
    fixed = {storage(t) for t in (*module.parameters(), *module.buffers())}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        held[storage(tensor)] = tensor
        return tensor

    beside = Beside()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), beside:
        out = forward(module, *inputs)
    whole = [beside.padded.get(key, t) for key, t in held.items() if key not in fixed and key not in beside.found]
    kept = {storage(t): t for t in whole if t.is_floating_point() and t.dim() > 1 and len(t) > 1}
    del out
    elements = sum(t.untyped_storage().nbytes() // t.element_size() for t in kept.values())
    images = len(inputs[0])
    return Saved(elements // images, sum(beside.noise.values()) // images)
