"""An epoch of training: its images, FLOPs, hours and energy, from a rate or from a device's peak."""

from fractions import Fraction
from typing import NamedTuple

from costcalc.network.quantities import hours

BACKWARD = 2  # FLOPs of the backward pass for each of the forward: gradients of the inputs and of the weights


class Epoch(NamedTuple):
    """What one pass over the images takes. `flops` is that of one image's forward pass.

    `backward` is the backward pass in forward passes, `rate` images a second, `watts` the power drawn while it runs
    (None: not known).
    """

    images: int
    flops: int
    backward: Fraction
    rate: Fraction
    watts: Fraction | None = None

    @property
    def image_flops(self) -> Fraction:
        """FLOPs of training on one image, forward and backward."""
        return self.flops * (1 + self.backward)

    @property
    def total_flops(self) -> Fraction:
        """FLOPs of the epoch."""
        return self.image_flops * self.images

    @property
    def hours(self) -> Fraction:
        """Hours of the epoch."""
        return Fraction(hours(self.images, self.rate))

    @property
    def flops_per_second(self) -> Fraction:
        """FLOPs a second at the rate given."""
        return self.image_flops * self.rate

    @property
    def kilowatt_hours(self) -> Fraction | None:
        """Energy of the epoch at full power, in kWh."""
        return None if self.watts is None else self.hours * self.watts / 1000


def rate_of(flops: Fraction, peak: Fraction, efficiency: Fraction) -> Fraction:
    """Return images a second where `flops` an image run at a share of a peak in FLOPs a second."""
    return peak * efficiency / flops
