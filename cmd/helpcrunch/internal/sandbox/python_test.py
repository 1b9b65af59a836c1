"""A test suite in Python's standard library. Run: python3 -m unittest python_test.py, with URL and KEY set as the sandbox prints them."""
import json, os, unittest, urllib.request

URL, KEY = os.environ["URL"], os.environ["KEY"]

def call(method, path, body=None, base=URL):
    request = urllib.request.Request(base + path, json.dumps(body).encode() if body else None, {"Authorization": "Bearer " + KEY}, method=method)
    with urllib.request.urlopen(request) as response: return json.loads(response.read() or "null")

def fake(method, path, body=None): return call(method, "/_fake/" + path, body, URL.removesuffix("/v1"))

class Customers(unittest.TestCase):
    def setUp(self): fake("POST", "reset")

    def test_create(self):
        self.assertEqual(call("POST", "/customers", {"userId": 7})["userId"], "7")
        self.assertEqual(fake("GET", "requests?operation=customers.create")[0]["body"], '{"userId": 7}')

    def test_fault(self):
        fake("POST", "faults", {"fault": "status 503 on customers.create once"})
        with self.assertRaises(urllib.error.HTTPError): call("POST", "/customers", {"userId": 7})
        self.assertEqual(call("POST", "/customers", {"userId": 7})["userId"], "7")  # again: no test sees the other's customer
