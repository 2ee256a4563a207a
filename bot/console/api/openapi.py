"""The OpenAPI 3.1 document of the API, made of what its handlers read and give, so that it cannot say anything else."""

import re
from typing import Any

import msgspec

from bot import __version__
from bot.console.api import schemas
from bot.console.api.operations import OPERATIONS, Operation
from bot.web.guard import problems
from bot.web.guard.problems import API, Problem

_REF = "#/components/schemas/{name}"
_MAY_FAIL = (
    problems.BAD_REQUEST, problems.UNAUTHORIZED, problems.FORBIDDEN, problems.TOO_MANY, problems.FAULT,
    problems.UNAVAILABLE,
)  # fmt: skip
_MAY_FAIL_WITH_BODY = (
    problems.TOO_SLOW, problems.HELD, problems.TOO_LARGE, problems.NOT_JSON, problems.KEY_REUSED
)  # fmt: skip
_PATH_NAMES = {
    "reference": "The request’s reference number, such as `7K2Q-9FXA-8`.",
    "id": "The event’s `id`.",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same order gives the same answer, and nothing is done again; kept 7 days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
}


def document() -> dict[str, Any]:
    """Return it as plain data."""
    structs = [each for op in OPERATIONS for each in (op.query, op.body, op.answer) if each]
    _, components = msgspec.json.schema_components([*structs, schemas.Problem], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, components)
    asked = {operation.query.__name__ for operation in OPERATIONS}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mburoja: the back office",
            "version": __version__,
            "description": "Requests and events of one company, for its own programs. See docs/api.md.",
        },
        "servers": [{"url": API}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in components.items() if name not in asked},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made by `mburoja tokens add`."}
            },
        },
    }


def _operation(operation: Operation, components: dict[str, Any]) -> dict[str, Any]:
    named = re.findall(r"\{(\w+)\}", operation.path)
    parameters: list[dict[str, Any]] = [
        {
            "name": name, "in": "path", "required": True, "description": _PATH_NAMES[name],
            "schema": {"type": "string", "minLength": 1},
        }
        for name in named
    ]  # fmt: skip
    for name, schema in components[operation.query.__name__]["properties"].items():
        parameters.append({"name": name, "in": "query", "required": False, "schema": schema})
    may_fail = list(_MAY_FAIL)
    made: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Scope: {' or '.join(sorted(operation.scopes))}.",
        "security": [{"token": []}],
        "parameters": parameters,
    }
    if named:
        may_fail.append(problems.NOT_FOUND)
    if operation.body:
        parameters.append(_KEY)
        may_fail += _MAY_FAIL_WITH_BODY
        made["requestBody"] = {
            "required": bool(components[operation.body.__name__].get("required")),
            "content": {"application/json": {"schema": _ref(operation.body)}},
        }
    links = {"Link": {"description": 'The next page, `rel="next"`.', "schema": {"type": "string"}}}
    found: dict[str, Any] = {
        "description": "Done.",
        "content": {"application/json": {"schema": _ref(operation.answer)}},
    }
    if "next" in components[operation.answer.__name__]["properties"]:
        found["headers"] = links
    made["responses"] = {"200": found, **{str(each.status): _failure(each) for each in may_fail}}
    return made


def _failure(problem: Problem) -> dict[str, Any]:
    return {
        "description": problem.title,
        "content": {problems.MEDIA_TYPE: {"schema": _ref(schemas.Problem)}},
    }


def _ref(struct: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": _REF.format(name=struct.__name__)}
