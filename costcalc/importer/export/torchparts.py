"""Classes and functions that a file of PyTorch has of its own, where it uses them."""

from collections.abc import Mapping

from costcalc.importer.export.helpers import DIVISIBLE

# Classes and functions of a file that uses them, by their names.
PARTS: Mapping[str, str] = {
    "divisible": DIVISIBLE,
    "without": '''
def without(norm, name):
    """Return a normalisation without its gamma (`weight`) or its beta (`bias`)."""
    norm.register_parameter(name, None)
    return norm
''',
    "frozen": '''
def frozen(norm):
    """Return a normalisation whose gamma and beta are not trained."""
    return norm.requires_grad_(False)
''',
    "PlaceLinear": '''
class PlaceLinear(nn.Linear):
    """A linear layer over the channels, at every place of a map."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
''',
    "PlaceNorm": '''
class PlaceNorm(nn.LayerNorm):
    """Layer norm over the channels, at every place of a map."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
''',
    "PlaceRMSNorm": '''
class PlaceRMSNorm(nn.RMSNorm):
    """RMS norm over the channels, at every place of a map."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
''',
    "Scale": '''
class Scale(nn.Module):
    """Learnt factors."""

    def __init__(self, *sides):
        super().__init__()
        self.factors = nn.Parameter(torch.ones(sides))

    def forward(self, x):
        return x * self.factors
''',
    "Offset": '''
class Offset(nn.Module):
    """Learnt summands."""

    def __init__(self, *sides):
        super().__init__()
        self.summands = nn.Parameter(torch.zeros(sides))

    def forward(self, x):
        return x + self.summands
''',
    "Gate": '''
class Gate(nn.Module):
    """Half of the channels times an activation of the other half."""

    def __init__(self, act):
        super().__init__()
        self.act = act()

    def forward(self, x):
        kept, gate = x.chunk(2, 1)
        return kept * self.act(gate)
''',
    "Tokens": '''
class Tokens(nn.Module):
    """The places of a map in one row, behind learnt tokens."""

    def __init__(self, c, extra):
        super().__init__()
        self.extra = nn.Parameter(torch.zeros(1, c, extra))

    def forward(self, x):
        return torch.cat([self.extra.expand(x.shape[0], -1, -1), x.flatten(2)], 2).unsqueeze(2)
''',
    "Unshuffle": '''
class Unshuffle(nn.Module):
    """The places of each cell as channels of one place."""

    def __init__(self, h, w):
        super().__init__()
        self.h, self.w = h, w

    def forward(self, x):
        cells = x.unflatten(3, (-1, self.w)).unflatten(2, (-1, self.h))
        return cells.permute(0, 1, 3, 5, 2, 4).flatten(1, 3)
''',
    "PixelShuffle": '''
class PixelShuffle(nn.Module):
    """The channels of each place as places of a cell."""

    def __init__(self, h, w):
        super().__init__()
        self.h, self.w = h, w

    def forward(self, x):
        cells = x.unflatten(1, (-1, self.h, self.w))
        return cells.permute(0, 1, 4, 2, 5, 3).flatten(4, 5).flatten(2, 3)
''',
    "Recurrent": '''
class Recurrent(nn.Module):
    """An LSTM or a GRU over the places of a map."""

    def __init__(self, kind, c_in, c, layers=1, directions=1, bias=True):
        super().__init__()
        self.rnn = kind(c_in, c, layers, bias=bias, batch_first=True, bidirectional=directions == 2)

    def forward(self, x):
        steps, _ = self.rnn(x.flatten(2).transpose(1, 2))
        return steps.transpose(1, 2).unflatten(2, x.shape[2:])
''',
    "SelfAttention": '''
class SelfAttention(nn.Module):
    """Multi-head attention between the places of a map."""

    def __init__(self, c, heads, bias=True):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v = (nn.Linear(c, c, bias) for _ in range(3))
        self.out = nn.Linear(c, c, bias)

    def forward(self, x):
        places = x.flatten(2).transpose(1, 2)
        q, k, v = self.q(places), self.k(places), self.v(places)
        q, k, v = (part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in (q, k, v))
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        return self.out(mixed).transpose(1, 2).unflatten(2, x.shape[2:])
''',
    "Attention": '''
class Attention(nn.Module):
    """Multi-head attention over the places of maps; `window` or `grid` parts them, `relative` learns positions."""

    def __init__(
        self, c, heads, bias=True, c_k=None, c_v=None, project=True, window=None, grid=None, relative=None, size=None,
        cosine=False, kv_heads=None, step=1,
    ):
        super().__init__()
        self.heads, self.kv_heads, self.project = heads, kv_heads or heads, project
        self.window, self.grid = pair(window), pair(grid)
        self.relative, self.cosine = relative, cosine
        if project:
            self.q = nn.Linear(c, c, bias)
            self.k = nn.Linear(c_k or c, c * self.kv_heads // heads, bias)
            self.v = nn.Linear(c_v or c_k or c, c * self.kv_heads // heads, bias)
            self.out = nn.Linear(c, c, bias)
        if relative:
            h, w = self.size = self.window or self.grid or pair(size)
            y, x = torch.arange(h).repeat_interleave(w), torch.arange(w).repeat(h)
            rows, columns = torch.arange(0, h, step), torch.arange(0, w, step)  # of queries
            down = rows.repeat_interleave(len(columns))[:, None] - y
            across = columns.repeat(len(rows))[:, None] - x
            offsets = (down + h - 1) * (2 * w - 1) + across + w - 1
            offsets = down.abs() * w + across.abs() if relative == "distance" else offsets
            self.register_buffer("offsets", offsets, persistent=False)
        if relative == "table":
            self.table = nn.Parameter(torch.zeros((2 * h - 1) * (2 * w - 1), heads))
        if relative == "distance":
            self.table = nn.Parameter(torch.zeros(h * w, heads))
        if relative == "mlp":
            y, x = torch.arange(1 - h, h).repeat_interleave(2 * w - 1), torch.arange(1 - w, w).repeat(2 * h - 1)
            self.register_buffer("coordinates", torch.stack([y / h, x / w], 1), persistent=False)
            self.mlp = nn.Sequential(nn.Linear(2, 512), nn.ReLU(), nn.Linear(512, heads, bias=False), nn.Sigmoid())
        if cosine:
            self.scale = nn.Parameter(torch.ones(heads, 1, 1))

    def forward(self, q, k=None, v=None):
        k = q if k is None else k
        v = k if v is None else v
        size = q.shape[2:]
        q, k, v = self.parted(q), self.parted(k), self.parted(v)
        if self.project:
            q, k, v = self.q(q), self.k(k), self.v(v)
        q = q.unflatten(2, (self.heads, -1)).transpose(1, 2)
        k, v = (x.unflatten(2, (self.kv_heads, -1)).transpose(1, 2) for x in (k, v))
        if self.kv_heads != self.heads:
            k, v = (x.repeat_interleave(self.heads // self.kv_heads, 1) for x in (k, v))
        positions = self.positions()
        if self.cosine:
            scores = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(2, 3) * self.scale
            x = (scores if positions is None else scores + positions).softmax(-1) @ v
        else:
            x = F.scaled_dot_product_attention(q, k, v, attn_mask=positions)
        x = x.transpose(1, 2).flatten(2)
        return self.whole(self.out(x) if self.project else x, *size)

    def positions(self):
        """Return what is added to the scores: (heads, queries, keys)."""
        if not self.relative:
            return None
        table = 16 * self.mlp(self.coordinates) if self.relative == "mlp" else self.table
        return table[self.offsets].permute(2, 0, 1)

    def parted(self, x):
        """Return the places of a map, or of each of its parts: (batch * parts, places, channels)."""
        part = self.window or self.grid
        if not part:
            return x.flatten(2).transpose(1, 2)
        h, w = part
        if x.shape[3] % w or x.shape[2] % h:
            x = F.pad(x, (0, -x.shape[3] % w, 0, -x.shape[2] % h))
        if self.window:
            x = x.unflatten(3, (-1, w)).unflatten(2, (-1, h)).permute(0, 2, 4, 3, 5, 1)
        else:
            x = x.unflatten(3, (w, -1)).unflatten(2, (h, -1)).permute(0, 3, 5, 2, 4, 1)
        return x.flatten(3, 4).flatten(0, 2)

    def whole(self, x, height, width):
        """Return the map again, of what `parted` made of it."""
        part = self.window or self.grid
        if not part:
            return x.transpose(1, 2).unflatten(2, (height, width))
        h, w = part
        down, across = -(-height // h), -(-width // w)
        x = x.unflatten(1, (h, w)).unflatten(0, (-1, down, across))
        order = (0, 5, 1, 3, 2, 4) if self.window else (0, 5, 3, 1, 4, 2)
        return x.permute(order).flatten(4, 5).flatten(2, 3)[:, :, :height, :width]
''',
    "pair": '''
def pair(size):
    """Return a height and a width of one number or two."""
    return (size, size) if isinstance(size, int) else size
''',
}
