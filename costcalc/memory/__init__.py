"""What a network keeps in memory: tensors with lifetimes, the inference peak, the sum of features, training."""

from costcalc.memory.features import Features, features
from costcalc.memory.policy import DEFAULT_POLICY, POLICIES, Policy
from costcalc.memory.sizes import SIZES
from costcalc.memory.timeline import Timeline, peak, timeline
from costcalc.memory.training import OPTIMIZERS, Training, training

__all__ = [
    "DEFAULT_POLICY",
    "OPTIMIZERS",
    "POLICIES",
    "SIZES",
    "Features",
    "Policy",
    "Timeline",
    "Training",
    "features",
    "peak",
    "timeline",
    "training",
]
