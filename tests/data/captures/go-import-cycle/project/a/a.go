package a

import "acme.test/ledger/b"

// Name is a name.
const Name = b.Name
