"""A cache that fails soft: without Valkey pages are slower, nothing breaks."""

import time
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

PAUSE_SECONDS = 10.0


class SoftRedisCache(RedisCache):
    """Answer "not cached" while Valkey is down or hung, and ask it again only after a pause."""

    _down_until = 0.0

    def _softly(self, name: str, missing: Any, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < SoftRedisCache._down_until:
            return missing
        try:
            return getattr(super(), name)(*args, **kwargs)
        except (RedisError, OSError):
            SoftRedisCache._down_until = time.monotonic() + PAUSE_SECONDS
            return missing

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._softly("add", True, *args, **kwargs)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._softly("get", default, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._softly("set", None, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._softly("touch", False, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._softly("delete", False, *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._softly("get_many", {}, *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._softly("set_many", [], *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._softly("delete_many", None, *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._softly("has_key", False, *args, **kwargs)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        return self._softly("incr", delta, key, delta, version)

    def clear(self) -> Any:
        return self._softly("clear", True)
