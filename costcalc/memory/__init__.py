"""What a network keeps in memory: tensors with lifetimes, the inference peak, the sum of features, training."""

from costcalc.memory.features import Features, features
from costcalc.memory.lifetimes import VIEWS
from costcalc.memory.policy import DEFAULT_POLICY, POLICIES, Policy
from costcalc.memory.timeline import Timeline, peak, timeline
from costcalc.memory.training import OPTIMIZERS, Training, training

__all__ = [
    "DEFAULT_POLICY",
    "OPTIMIZERS",
    "POLICIES",
    "VIEWS",
    "Features",
    "Policy",
    "Timeline",
    "Training",
    "features",
    "peak",
    "timeline",
    "training",
]
