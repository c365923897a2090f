import unittest


def label(order):
    return f"{order['name']} / {order['city']}"


class LabelTest(unittest.TestCase):
    def test_label_has_name(self):
        self.assertIn("Ada", label({"name": "Ada", "city": "London"}))

    def test_label_has_zone(self):
        self.assertEqual(label({"name": "Ada", "city": "London"}), "Ada / London / UK")

    def test_label_without_city(self):
        self.assertEqual(label({"name": "Ada"}), "Ada")
