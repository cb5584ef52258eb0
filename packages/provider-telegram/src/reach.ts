/**
 * Methods that name no chat and reach none: the bot's own account as it is read, stickers, files by their unguessable ids,
 * answers to what a user has just asked. `getUpdates` is one of them because its answer is filtered. Closed: whatever is
 * not here, and names no chat, can reach any.
 */
const withoutChats: ReadonlySet<string> = new Set([
  'addStickerToSet',
  'answerCallbackQuery',
  'answerInlineQuery',
  'answerPreCheckoutQuery',
  'answerShippingQuery',
  'createInvoiceLink',
  'createNewStickerSet',
  'deleteStickerFromSet',
  'deleteStickerSet',
  'deleteWebhook',
  'getAvailableGifts',
  'getCustomEmojiStickers',
  'getFile',
  'getForumTopicIconStickers',
  'getMe',
  'getMyCommands',
  'getMyDefaultAdministratorRights',
  'getMyDescription',
  'getMyName',
  'getMyShortDescription',
  'getMyStarBalance',
  'getStickerSet',
  'getUpdates',
  'getUserGifts',
  'getUserProfileAudios',
  'getUserProfilePhotos',
  'getWebhookInfo',
  'replaceStickerInSet',
  'setCustomEmojiStickerSetThumbnail',
  'setStickerEmojiList',
  'setStickerKeywords',
  'setStickerMaskPosition',
  'setStickerPositionInSet',
  'setStickerSetThumbnail',
  'setStickerSetTitle',
  'uploadStickerFile',
]);

/** Methods that do something to a user, or to what only that user sees: `user_id` is the number of the private chat. */
const onUsers: ReadonlySet<string> = new Set([
  'editUserStarSubscription',
  'giftPremiumSubscription',
  'refundStarPayment',
  'removeUserVerification',
  'savePreparedInlineMessage',
  'savePreparedKeyboardButton',
  'sendGift',
  'setPassportDataErrors',
  'setUserEmojiStatus',
  'verifyUser',
]);

/** Whether a method that names no chat reaches none. */
export function isWithoutChats(method: string): boolean {
  return withoutChats.has(method);
}

/** Whether the `user_id` of a method is a private chat. */
export function isOnUser(method: string): boolean {
  return onUsers.has(method);
}

/**
 * Arguments that lead to chats by another way than their number: the chats of a business account, and messages sent
 * through inline mode.
 */
export const waysElsewhere: readonly string[] = ['business_connection_id', 'inline_message_id'];
