import os, sys
from urllib.parse import urlparse
from github import Github, GithubException
client = Github(os.environ["GITHUB_TOKEN"])
_, repos, owner, name, *rest = urlparse(sys.argv[2]).path.split("/")
try:
    repository = client.get_repo(f"{owner}/{name}")
    if rest[0] == "issues":
        print(200, [issue.title for issue in repository.get_issues()])
    else:
        print(201, repository.create_hook("web", {"url": "https://example.com"}))
except GithubException as error:
    print(error.status, error.data)
