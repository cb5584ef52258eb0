import json
import os
import sys
import threading

from google.cloud import pubsub_v1

project = os.environ["GOOGLE_CLOUD_PROJECT"]
publisher = pubsub_v1.PublisherClient()
subscriber = pubsub_v1.SubscriberClient()


def topic(step):
    return publisher.topic_path(project, step["topic"])


def subscription(step):
    return subscriber.subscription_path(project, step["subscription"])


def publish(step):
    futures = [publisher.publish(topic(step), text.encode(), retry=None) for text in step["texts"]]
    return len([future.result(timeout=20) for future in futures])


def receive(step):
    texts = []
    done = threading.Event()

    def take(message):
        message.ack()
        texts.append(message.data.decode())
        if len(texts) == step["count"]:
            done.set()

    pulling = subscriber.subscribe(subscription(step), take)
    if not done.wait(20):
        pulling.cancel()
        pulling.result(timeout=5)
    pulling.cancel()
    return sorted(texts)


def pull(step):
    answer = subscriber.pull(subscription=subscription(step), max_messages=step["count"], timeout=10, retry=None)
    subscriber.acknowledge(subscription=subscription(step), ack_ids=[each.ack_id for each in answer.received_messages])
    return sorted(each.message.data.decode() for each in answer.received_messages)


operations = {
    "topic": lambda step: publisher.create_topic(name=topic(step), retry=None).name,
    "subscription": lambda step: subscriber.create_subscription(name=subscription(step), topic=topic(step), retry=None).name,
    "publish": publish,
    "receive": receive,
    "pull": pull,
    "topics": lambda step: [each.name for each in publisher.list_topics(project=f"projects/{step.get('project', project)}", retry=None)],
    "delete-topic": lambda step: publisher.delete_topic(topic=topic(step), retry=None) and None,
}

results = []
for step in json.loads(sys.argv[1]):
    try:
        results.append({"ok": True, "value": operations[step["op"]](step)})
    except Exception as error:
        results.append({"ok": False, "error": f"{type(error).__name__} {getattr(error, 'code', '')}", "message": str(error)})
print(json.dumps(results))
