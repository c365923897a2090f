# a certificate whose time is over
mkdir pki && cd pki && touch index && echo 01 >serial
cat >ca.cnf <<'END'
[ca]
default_ca = own
[own]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
[any]
commonName = supplied
END
openssl req -new -newkey rsa:2048 -nodes -keyout key.pem -out req.pem -subj /CN=artifacts.acme.test
openssl ca -batch -config ca.cnf -selfsign -keyfile key.pem -in req.pem -out cert.pem -notext \
	-startdate 20200101000000Z -enddate 20210101000000Z
