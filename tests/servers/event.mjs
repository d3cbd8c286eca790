export const CLIENT_STATE = 'system-managed:8082D436-D8DA-458D-96AD-34C902B73F37'

/** A timestamp with seven fractional digits, as Graph writes it. */
export function precise(date) {
  return date.toISOString().replace(/\.(\d{3})Z$/, '.$10000Z')
}

/** The argument of an event `notification`, as the options `payload` and `argument` say. */
export function eventArgument(subscription, { payload, argument }) {
  const { id, listId, expiresAt } = subscription
  const common = { subscriptionId: id, clientState: CLIENT_STATE }
  const body =
    payload === 'flat'
      ? {
          ...common,
          subscriptionExpirationDateTime: precise(expiresAt),
          userId: '5a0b9e159b3310ad',
          resource: listId,
        }
      : {
          value: [
            {
              ...common,
              expirationDateTime: precise(expiresAt),
              resource: listId,
              tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad',
              siteUrl: '/personal/5a0b9e159b3310ad',
              webId: 'be8f18aa-284c-4452-8e7d-3db9e0e4babd',
            },
          ],
        }
  return argument === 'object' ? body : JSON.stringify(body)
}
