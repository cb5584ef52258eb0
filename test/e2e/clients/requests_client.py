import sys, requests
response = requests.request(sys.argv[1], sys.argv[2], json={} if sys.argv[1] == "POST" else None)
print(response.status_code, response.text)
