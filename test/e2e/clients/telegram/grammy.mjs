import { Bot, InputFile } from 'grammy';

const [task, chat, text] = process.argv.slice(2);
const bot = new Bot(process.env.TELEGRAM_BOT_TOKEN);
const tasks = {
  send: () => bot.api.sendMessage(chat, text),
  upload: () => bot.api.sendDocument(chat, new InputFile(Buffer.from(text), 'a.txt'), { caption: 'grammY' }),
  remove: () => bot.api.deleteMessage(chat, 1),
  async download() {
    const { file_path } = await bot.api.getFile(text);
    const file = await fetch(`https://api.telegram.org/file/bot${bot.token}/${file_path}`);
    return file.text();
  },
  async poll() {
    bot.on('message:text', async (context) => {
      await context.reply(`echo ${context.message.text}`);
      await bot.stop();
    });
    await bot.start({ timeout: 50 });
    return 'stopped';
  },
};
try {
  console.log(JSON.stringify(await tasks[task]()));
} catch (error) {
  console.log(error.name, error.error_code, error.description);
}
