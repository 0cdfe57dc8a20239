"""What the objects of a bundle have in common: closed, strict, frozen; a row knows where it stands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from functools import cache
from typing import Any, ClassVar

from msgspec import Struct, field
from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, PrivateAttr, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class RowPlace(Struct, frozen=True):
    """Where a row stands, and the platforms that it has named so far; what pydantic calls the context."""

    index: int
    platforms: set[str] = field(default_factory=set)


class ClosedObject(BaseModel):
    """An object of the file: it has these keys and no others, and no value is turned into another type."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    null_is_nothing: ClassVar[bool] = True
    """Whether ``null`` is the same as a key that is left out."""

    @model_validator(mode="before")
    @classmethod
    def _given(cls, content: object) -> object:
        """Without what is null, and with keys that can be told: a lone surrogate is written out, and so is no text."""
        if not isinstance(content, dict):
            return content
        known = cls.keys()
        return {
            name if name in known else _told(str(name)): value
            for name, value in content.items()
            if value is not None or name not in known or not cls.null_is_nothing
        }

    @classmethod
    @cache
    def keys(cls) -> frozenset[str]:
        """The keys as they are written in the file."""
        return frozenset(each.alias or name for name, each in cls.model_fields.items())

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Whatever may be left out may be null."""
        reference = handler(core)
        schema = handler.resolve_ref_schema(reference)
        for name, each in schema["properties"].items():
            if cls.null_is_nothing and name not in schema.get("required", ()) and "anyOf" not in each:
                schema["properties"][name] = {"anyOf": [each, {"type": "null"}]}
        return reference


def _told(key: str) -> str:
    return key.encode(errors="backslashreplace").decode() or '""'


class BundleRow(ClosedObject, ABC):
    """A row of a section."""

    _index: int = PrivateAttr(-1)

    def model_post_init(self, context: Any, /) -> None:
        """Keep where it stands."""
        if isinstance(context, RowPlace):
            self._index = context.index

    @property
    def index(self) -> int:
        """Its place in the section, from 0."""
        return self._index

    @property
    @abstractmethod
    def identity(self) -> Hashable:
        """What decides whether two rows speak of the same."""

    def says(self) -> dict[str, object]:
        """Its content, for comparing: the order of lists means nothing."""
        return {name: frozenset(each) if isinstance(each, tuple) else each for name, each in self}
