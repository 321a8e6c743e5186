"""A tracker that lives in memory: what the tests of the engine are held against."""

from adapters.memory.adapter import Memory
from adapters.memory.codec import Codec, shown_as
from adapters.memory.place import MemoryTracker
from adapters.memory.releases import MemoryReleases
from adapters.memory.vocabulary import MemoryVocabulary

__all__ = ["Codec", "Memory", "MemoryReleases", "MemoryTracker", "MemoryVocabulary", "shown_as"]
