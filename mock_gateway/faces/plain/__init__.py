"""The plain face: small JSON, amounts in minor units, one error shape. What the payments system talks to."""
