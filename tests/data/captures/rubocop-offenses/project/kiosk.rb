# frozen_string_literal: true

def total(prices)
  unused = 3
  return prices.sum if prices.length() > 0
end
