class Kiosk
  def total(prices)
    prices.sum
  end
end

RSpec.describe Kiosk do
  subject(:kiosk) { described_class.new }

  it 'handles the error of no prices' do
    expect(kiosk.total([])).to eq(0)
  end

  it 'adds the fee' do
    expect(kiosk.total([10, 20])).to eq(31)
  end

  it 'refuses text' do
    expect(kiosk.total(['ten'])).to eq(10)
  end
end
