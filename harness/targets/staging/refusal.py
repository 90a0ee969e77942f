"""The one error of a guard that says no."""

from harness.errors import SettingInvalid


class StagingRefused(SettingInvalid):
    """Something on an AWS account was asked for, and not everything says that this is meant."""
