"""The peer: the same two endpoints as one writes them in an afternoon, plainly, in FastAPI with boto3.

It registers files (place in the customer's quota, row, signed upload) and lists them; tokens are verified. It has
nothing else of imagestore: no visits, shops, staff or repeats, no due, no verification, no problem documents, no
account of what a call cost. Its list is one query of whole rows, where ours is an index and its rows.
"""

import json
import os
from base64 import b64encode
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import boto3
import jwt
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

TABLE, BUCKET = os.environ["PEER_TABLE"], os.environ["IMAGESTORE_BUCKET"]
SHOP_KEY = jwt.PyJWK(json.loads(os.environ["PEER_KEY"]))
POOL = Config(max_pool_connections=64)
QUOTA = 100_000
dynamodb = boto3.client("dynamodb", config=POOL)
s3 = boto3.client("s3", config=POOL.merge(Config(signature_version="s3v4", s3={"addressing_style": "path"})))
app = FastAPI()


class NewFile(BaseModel):
    name: str = Field(min_length=1, max_length=255)
    content_type: str = Field(pattern="^image/")
    size: int = Field(ge=1, le=2 * 1024**3)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Register(BaseModel):
    files: list[NewFile] = Field(min_length=1, max_length=500)


class File(NewFile):
    id: str
    state: str
    created_at: datetime


class Registered(BaseModel):
    file: File
    url: str


class Registrations(BaseModel):
    items: list[Registered]


class Files(BaseModel):
    items: list[File]
    next_cursor: str | None = None


def customer_of(bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    try:
        claims = jwt.decode(bearer.credentials, SHOP_KEY, algorithms=["EdDSA"], audience="imagestore")
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, str(error)) from error
    return f"{claims['iss']}#{claims['sub']}"


Customer = Annotated[str, Depends(customer_of)]


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/files", status_code=201)
def register(body: Register, customer: Customer) -> Registrations:
    _reserve(customer, body.files)
    return Registrations(items=[_register(customer, new) for new in body.files])


@app.get("/files")
def list_files(customer: Customer, limit: Annotated[int, Query(ge=1, le=100)] = 50, cursor: str | None = None) -> Files:
    start: dict[str, Any] = {"ExclusiveStartKey": _item({"pk": customer, "sk": cursor})} if cursor else {}
    page = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :file)",
        ExpressionAttributeValues=_item({":pk": customer, ":file": "FILE#"}),
        ScanIndexForward=False,
        Limit=limit,
        **start,
    )
    following = page.get("LastEvaluatedKey")
    return Files(
        items=[File(**_plain(row)) for row in page["Items"]], next_cursor=following["sk"]["S"] if following else None
    )


def _reserve(customer: str, files: list[NewFile]) -> None:
    try:
        dynamodb.update_item(
            TableName=TABLE,
            Key=_item({"pk": customer, "sk": "USAGE"}),
            UpdateExpression="ADD used_files :files, used_bytes :bytes",
            ConditionExpression="attribute_not_exists(used_files) OR used_files <= :room",
            ExpressionAttributeValues=_item(
                {":files": len(files), ":bytes": sum(new.size for new in files), ":room": QUOTA - len(files)}
            ),
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        raise HTTPException(409, "The quota is used up.") from error


def _register(customer: str, new: NewFile) -> Registered:
    file = File(id=uuid4().hex, state="registered", created_at=datetime.now(UTC), **new.model_dump())
    row = {"pk": customer, "sk": f"FILE#{file.id}", **file.model_dump(mode="json")}
    dynamodb.put_item(TableName=TABLE, Item=_item(row), ConditionExpression="attribute_not_exists(pk)")
    bound = {
        "ContentType": file.content_type,
        "ContentLength": file.size,
        "ChecksumSHA256": b64encode(bytes.fromhex(file.sha256)).decode(),
        "IfNoneMatch": "*",
    }
    place = {"Bucket": BUCKET, "Key": f"peer/{file.id}", **bound}
    return Registered(file=file, url=s3.generate_presigned_url("put_object", Params=place, ExpiresIn=3600))


def _item(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: TypeSerializer().serialize(value) for name, value in plain.items()}


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
