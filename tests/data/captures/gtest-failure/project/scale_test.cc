#include <gtest/gtest.h>

static unsigned scale(int pulses) { return pulses * 2; }

TEST(ScaleTest, ErrorIsZero)
{
    EXPECT_EQ(scale(0), 0u);
}

TEST(ScaleTest, KeepsSign)
{
    EXPECT_EQ(static_cast<long>(scale(-4)), -8) << "scale of a negative count";
}
