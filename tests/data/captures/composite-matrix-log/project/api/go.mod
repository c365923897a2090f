module acme.test/api

go 1.21
