// 1Password's own client for Node does what it can against a server, and prints as JSON what came of it.
// Arguments: the folder of the client, the server's address, its token.
const { OnePasswordConnect, ItemBuilder } = require(process.argv[2]);

const client = OnePasswordConnect({ serverURL: process.argv[3], token: process.argv[4] });
const values = (item) => Object.fromEntries(item.fields.map((field) => [field.label, field.value]));

async function main() {
  const told = {};
  told.vaults = (await client.listVaults()).map((vault) => vault.name).sort();
  const vault = (await client.getVaultByTitle("Team")).id;
  told.vault = (await client.getVaultById(vault)).name;
  told.items = (await client.listItems(vault)).map((item) => item.title).sort();
  told["by title"] = values(await client.getItemByTitle(vault, "Database"));
  told["by id"] = (await client.getItemById(vault, (await client.getItem(vault, "Database")).id)).title;
  told.otp = await client.getItemOTP(vault, "Database");

  const built = new ItemBuilder()
    .setCategory("LOGIN").setTitle("Made").addTag("a")
    .addField({ label: "username", type: "STRING", purpose: "USERNAME", value: "FAKE-user" })
    .addField({ label: "token", type: "CONCEALED", sectionName: "More", generate: true,
                recipe: { length: 20, characterSets: ["DIGITS"] } })
    .build();
  let item = await client.createItem(vault, built);
  const made = values(item);
  told.made = [item.version, made.username, made.token.length, /^\d+$/.test(made.token), item.sections[0].label];
  item.fields.find((field) => field.label === "username").value = "FAKE-other";
  item = await client.updateItem(vault, item);
  told.updated = [item.version, values(item).username, values(item).token === made.token];
  await client.deleteItemByTitle(vault, "Made");
  told.deleted = await client.getItemById(vault, item.id).then(() => null, (error) => error.status);

  const [file] = await client.listFiles("Team", "Database");
  told.files = [file.name];
  told.content = await client.getFileContent("Team", "Database", file.id);
  console.log(JSON.stringify(told));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
