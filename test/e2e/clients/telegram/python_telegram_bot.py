import io, os, sys, threading
from telegram import Bot, TelegramError
from telegram.ext import Filters, MessageHandler, Updater

task, chat, text = sys.argv[1:4]
bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"])


def poll():
    updater = Updater(bot=bot)
    done = threading.Event()

    def echo(update, context):
        update.message.reply_text("echo " + update.message.text)
        done.set()

    updater.dispatcher.add_handler(MessageHandler(Filters.text, echo))
    updater.start_polling(timeout=50)
    done.wait(60)
    os._exit(0)


tasks = {
    "send": lambda: bot.send_message(chat, text).to_json(),
    "upload": lambda: bot.send_document(chat, io.BytesIO(text.encode()), filename="a.txt").to_json(),
    "remove": lambda: bot.delete_message(chat, 1),
    "download": lambda: bot.get_file(text).download_as_bytearray().decode(),
    "poll": poll,
}
try:
    print(tasks[task]())
except TelegramError as error:
    print(type(error).__name__, error.message)
