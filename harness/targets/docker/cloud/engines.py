"""What stands behind the edge: LocalStack, DynamoDB Local, moto, PostgreSQL by its Data API, and own parts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.edge.http import HttpUpstream
from harness.edge.upstream import Upstream
from harness.targets.docker.cloud.copies import Copies
from harness.targets.docker.cloud.dynamodb import DynamoDb
from harness.targets.docker.cloud.dynamodb_local import DynamoDbLocal
from harness.targets.docker.cloud.placing import Places
from harness.targets.docker.cloud.registry import Registry
from harness.targets.docker.cloud.routing import RDS_DATA, Routing
from harness.targets.docker.cloud.settings import Settings
from harness.targets.docker.cloud.turns import Turns
from harness.targets.docker.parts import Parts, open_parts

if TYPE_CHECKING:
    from harness.targets.rds_data import RdsData


@dataclass(frozen=True)
class Engines:
    """What stands behind the edge, and where tables are."""

    localstack: HttpUpstream
    dynamodb: DynamoDbLocal
    moto: HttpUpstream
    parts: Parts
    places: Places
    tables: DynamoDb
    rds_data: "RdsData | None"

    @classmethod
    def open(cls, settings: Settings) -> "Engines":
        """Open what the settings name."""
        localstack, dynamodb = HttpUpstream(settings.localstack_url), DynamoDbLocal(settings.dynamodb_url)
        copies = Copies(dynamodb)
        registry = Registry(settings.directory / "edge" / "tables.json")
        places = Places(localstack, copies, registry, settings.kept_in_localstack)
        return cls(
            localstack,
            dynamodb,
            HttpUpstream(settings.moto_url),
            open_parts(
                region=settings.region,
                directory=settings.directory,
                functions=Turns(localstack),
                port=settings.port,
            ),
            places,
            DynamoDb(localstack, dynamodb, places, copies),
            _rds_data(settings, localstack),
        )

    def routing(self) -> Routing:
        """Return the way to all of them."""
        return Routing(
            localstack=self.localstack,
            dynamodb=self.tables,
            moto=self.moto,
            parts=self.parts,
            places=self.places,
            rest_apis=Turns(self.localstack),
            own={RDS_DATA: self.rds_data} if self.rds_data is not None else {},
        )

    async def close(self) -> None:
        """Close every connection, and end what runs in this process."""
        await self.parts.close()
        if self.rds_data is not None:
            await self.rds_data.close()
        for one in (self.localstack, self.dynamodb.http, self.moto):
            await one.close()


def _rds_data(settings: Settings, secrets: Upstream) -> "RdsData | None":
    if not settings.postgres_url:
        return None
    from harness.targets.rds_data import RdsData

    return RdsData(settings.postgres_url, secrets)
