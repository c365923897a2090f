package b

import "acme.test/ledger/a"

// Name is a name.
const Name = a.Name
