mount --bind hosts /etc/hosts
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=pypi.acme.test -addext subjectAltName=DNS:pypi.acme.test,DNS:npm.acme.test >/dev/null 2>&1
openssl s_server -quiet -port 8445 -www -cert cert.pem -key key.pem >/dev/null 2>&1 &
trap "kill $!" EXIT
sleep 0.7
