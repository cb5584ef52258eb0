import { Bot, InputFile } from 'node-telegram-bot-api';

const [task, chat, text] = process.argv.slice(2);
const bot = new Bot(process.env.TELEGRAM_BOT_TOKEN);
const tasks = {
  send: () => bot.api.sendMessage({ chat_id: chat, text }),
  upload: () =>
    bot.api.sendDocument({
      chat_id: chat,
      document: new InputFile(Buffer.from(text), { filename: 'a.txt' }),
    }),
  remove: () => bot.api.deleteMessage({ chat_id: chat, message_id: 1 }),
  async download() {
    const { file_path } = await bot.api.getFile({ file_id: text });
    const token = process.env.TELEGRAM_BOT_TOKEN;
    const file = await fetch(`https://api.telegram.org/file/bot${token}/${file_path}`);
    return file.text();
  },
  async poll() {
    bot.on('message', async (context) => {
      await context.reply(`echo ${context.message.text}`);
      bot.stop();
    });
    await bot.startPolling();
    return 'stopped';
  },
};
try {
  console.log(JSON.stringify(await tasks[task]()));
} catch (error) {
  console.log(error.name, error.code, error.message);
}
