# What an agent does with octokit.rb. Prints what it saw, as JSON.
require 'json'
require 'octokit'

client = Octokit::Client.new(access_token: ENV.fetch('GITHUB_TOKEN'))
issue = client.create_issue('myorg/repo-a', 'by octokit.rb', 'text')
client.add_comment('myorg/repo-a', issue.number, 'a comment')
client.close_issue('myorg/repo-a', issue.number)
seen = { state: client.issue('myorg/repo-a', issue.number).state }

def refusal
  yield
  'was not refused'
rescue Octokit::Forbidden => e
  e.message
end

seen[:hook] = refusal { client.create_hook('myorg/repo-a', 'web', { url: 'https://evil.example' }) }
seen[:elsewhere] = refusal { client.repository('other/secret') }
puts JSON.generate(seen)
