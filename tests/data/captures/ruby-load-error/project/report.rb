require 'acme/printer'

puts 'report'
