"""What an agent does with PyGithub. Prints what it saw, as JSON."""
import json
import os

from github import Github, GithubException

github = Github(os.environ["GITHUB_TOKEN"])
repo = github.get_repo("myorg/repo-a")
issue = repo.create_issue("by PyGithub", body="text")
issue.create_comment("a comment")
issue.edit(state="closed")
seen = {"state": repo.get_issue(issue.number).state}


def refusal(call):
    try:
        call()
        return "was not refused"
    except GithubException as error:
        return error.data["message"]


seen["hook"] = refusal(lambda: repo.create_hook("web", {"url": "https://evil.example"}))
seen["elsewhere"] = refusal(lambda: github.get_repo("other/secret"))
print(json.dumps(seen))
