"""The verbs of packages: asked for, built, built again, removed."""

from projects.packages.operations.asking import (
    ask,
    ask_by_support,
    ask_for_order,
    ask_for_project,
    build_again,
    build_lost_again,
)
from projects.packages.operations.building import Told, build
from projects.packages.operations.sweeping import sweep_slice

__all__ = [
    "Told",
    "ask",
    "ask_by_support",
    "ask_for_order",
    "ask_for_project",
    "build",
    "build_again",
    "build_lost_again",
    "sweep_slice",
]
