import { Telegraf } from 'telegraf';

const [task, chat, text] = process.argv.slice(2);
const bot = new Telegraf(process.env.TELEGRAM_BOT_TOKEN);
const tasks = {
  send: () => bot.telegram.sendMessage(chat, text),
  upload: () => bot.telegram.sendDocument(chat, { source: Buffer.from(text), filename: 'a.txt' }),
  remove: () => bot.telegram.deleteMessage(chat, 1),
  async download() {
    const file = await fetch(await bot.telegram.getFileLink(text));
    return file.text();
  },
  async poll() {
    const ended = new Promise((resolve) => {
      bot.on('text', async (context) => {
        await context.reply(`echo ${context.message.text}`);
        resolve('stopped');
      });
    });
    await Promise.race([bot.launch(), ended]);
    bot.stop();
    return ended;
  },
};
try {
  console.log(JSON.stringify(await tasks[task]()));
} catch (error) {
  console.log(error.constructor.name, error.code, error.description ?? error);
}
process.exit();
