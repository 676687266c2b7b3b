"""Texts to versioned vectors: a real encoder, its version card, its cache (extra `embed`)."""

from embdrift.embed.card import card_differences
from embdrift.embed.embedding import embed, embed_cached
from embdrift.embed.stdlib_docs import stdlib_docs
from embdrift.embed.texts import Texts, read_texts
from embdrift.settings import Dtype, EncoderSpec, Pooling

__all__ = [
    "Dtype",
    "EncoderSpec",
    "Pooling",
    "Texts",
    "card_differences",
    "embed",
    "embed_cached",
    "read_texts",
    "stdlib_docs",
]
