"""The GraphQL endpoint."""

from typing import Any

from fastapi import APIRouter
from graphql import graphql_sync
from pydantic import BaseModel, Field

from app.deps import DbSession, Staff
from app.graphql_schema import GraphQLContext, field_resolver, make_schema

router = APIRouter(tags=["graphql"])

schema = make_schema()


class GraphQLRequest(BaseModel):
    """A request as GraphQL over HTTP has it."""

    query: str = Field(max_length=10_000)
    variables: dict[str, Any] | None = None
    operationName: str | None = None


@router.post("/graphql")
def graphql(db: DbSession, user: Staff, body: GraphQLRequest) -> dict[str, Any]:
    """Answer a query or a mutation."""
    result = graphql_sync(
        schema,
        body.query,
        context_value=GraphQLContext(db=db, user=user),
        variable_values=body.variables,
        operation_name=body.operationName,
        field_resolver=field_resolver,
    )
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    return answer
