use Test::More tests => 2;

my @parts = split /\./, '1.4';
ok(@parts > 1, 'error: no dots is no version');
is(scalar @parts, 3, 'version has three parts');
