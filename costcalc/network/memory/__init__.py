"""What a network keeps in memory: tensors with lifetimes, the inference peak, the sum of features, training."""

from costcalc.network.memory.features import Features, features, features_under
from costcalc.network.memory.policy import DEFAULT_POLICY, POLICIES, Policy
from costcalc.network.memory.timeline import Timeline, peak, timeline
from costcalc.network.memory.training import OPTIMIZERS, Training, training

__all__ = [
    "DEFAULT_POLICY",
    "OPTIMIZERS",
    "POLICIES",
    "Features",
    "Policy",
    "Timeline",
    "Training",
    "features",
    "features_under",
    "peak",
    "timeline",
    "training",
]
