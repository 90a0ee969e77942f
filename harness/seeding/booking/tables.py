"""The booking system's ten tables as a seed has to know them: by their outputs, with their keys and indexes."""

from harness.seeding.expecting import Index

_TABLE = Index("", "PK", "SK")
_BY_ONE = Index("GSI1", "GSI1PK", "GSI1SK")

SHAPES = {
    "ServicesTable": (_TABLE, _BY_ONE),
    "CategoriesTable": (Index("", "tenantId", "categoryId"),),
    "ProvidersTable": (_TABLE, _BY_ONE),
    "AvailabilityTable": (_TABLE,),
    "ExceptionsTable": (_TABLE,),
    "BookingsTable": (_TABLE, _BY_ONE, Index("GSI2", "GSI2PK", "")),
    "ConversationsTable": (_TABLE, _BY_ONE),
    "TenantsTable": (_TABLE,),
    "ApiKeysTable": (_TABLE, _BY_ONE),
    "UsageTable": (_TABLE,),
}
