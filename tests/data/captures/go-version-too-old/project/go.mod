module acme.test/ledger

go 1.99
